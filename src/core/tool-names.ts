// What other agents call the tools we have: one table, used where skills name tools and where a model calls one.

const ALIASES: Readonly<Record<string, string>> = {
  bash: "run_command",
  shell: "run_command",
  execute_bash: "run_command",
  execute_shell: "run_command",
  execute_command: "run_command",
  run_shell_command: "run_command",
  read: "read_file",
  view: "read_file",
  write: "write_file",
  create_file: "write_file",
  edit: "edit_file",
  multiedit: "edit_file",
  str_replace: "edit_file",
  apply_patch: "edit_file",
  glob: "list_files",
  ls: "list_files",
  list_directory: "list_files",
  grep: "search_files",
  webfetch: "fetch_url",
  web_fetch: "fetch_url",
  task: "spawn_agent",
  skill: "open_skill",
  use_skill: "open_skill",
};

/** Our name for a tool, whatever its case: `Bash`, `execute_bash` and `run_command` are one. */
export function toolNamed(name: string): string {
  const plain = name.trim().toLowerCase().replaceAll("-", "_");
  return ALIASES[plain] ?? plain;
}
