# A program that works as an agent, and misbehaves as it is asked to: its goal begins with what it does.
# Run as `bash -c <this> agent <goal>`.
read -r how rest <<<"$1"
case "$how" in
  plain) printf 'Looking.\nFixed: %s\n' "$rest" ;;
  echo) printf '%s' "$1" ;;
  colours) printf '\033[31mred\033[0m \a\xff\xfe end\n' ;;
  json)
    echo '{"type":"system","subtype":"init","tools":["Bash"]}'
    echo '{"type":"assistant","message":{"content":[{"type":"text","text":"I look around."},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"npm test"}}]}}'
    echo '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t1","content":"2 passed"}]}}'
    echo '{"type":"mystery","depth":{"a":[1]}}'
    echo '{"type":"result","subtype":"success","result":"All is well.","total_cost_usd":0.25,"usage":{"input_tokens":10,"cache_read_input_tokens":90,"output_tokens":5}}'
    ;;
  codex)
    echo '{"type":"thread.started","thread_id":"x"}'
    echo '{"type":"item.started","item":{"id":"i1","type":"command_execution","command":"ls","status":"in_progress"}}'
    echo '{"type":"item.completed","item":{"id":"i1","type":"command_execution","command":"ls","aggregated_output":"no","exit_code":2,"status":"failed"}}'
    echo '{"type":"item.completed","item":{"id":"i2","type":"agent_message","text":"Nothing there."}}'
    echo '{"type":"turn.completed","usage":{"input_tokens":100,"cached_input_tokens":60,"output_tokens":7}}'
    ;;
  strange) echo '{"tool":"写 files.now!"}'; echo 'written' ;;
  half) echo '{"text":"half way"}'; printf '{"type":"result","resu' ;;
  stays) echo '{"type":"result","result":"Done, but I stay."}'; sleep 1000 ;;
  silent) ;;
  fails) echo 'I found the bug.'; echo "at /root/secret/place: $API_KEY is wrong" >&2; exit 3 ;;
  interrupted) echo 'So far.'; exit 130 ;;
  hangs) echo "begun $rest"; echo run >>runs; sleep 1000 ;;
  counts)
    echo run >>runs
    if [ "$(wc -l <runs)" -lt 2 ]; then echo 'first try'; sleep 1000; fi
    echo 'second try worked'
    ;;
  stubborn)
    trap '' TERM INT HUP
    (trap '' TERM INT HUP; setsid bash -c 'trap "" TERM INT HUP; while :; do echo beat >>beats; sleep 0.05; done' &)
    while [ ! -s beats ]; do sleep 0.02; done
    echo 'I do not listen.'
    while :; do sleep 1; done
    ;;
  floods) yes 'all work and no play' ;;
  objects) yes '{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t","name":"Bash","input":{}}]}}' ;;
  chatters) yes "{\"text\":\"$(printf 'all work and no play %.0s' {1..12})\"}" ;;
  long) for n in {1..40000}; do echo "line $n of many"; done ;;
  writes) echo "$rest" >made.txt && echo 'written' || echo 'not written' ;;
  environment) env | cut -d= -f1 | sort | tr '\n' ' '; echo "key=${API_KEY:-none}" ;;
  spies) cat "$rest" 2>&1; cat /proc/1/environ 2>/dev/null | tr '\0' '\n'; echo 'looked' ;;
esac
