// Asks a sandbox what it lets through, before anybody's command runs in it. Each question has one right answer; any other one
// turns everything that needs a sandbox off, with the reason.

import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox, SandboxLimits } from "./sandbox.ts";

const TIMEOUT_MS = 20_000;
const OUTPUT_BYTES_MAX = 20_000;
/** Nobody's: no session has it. */
const OWNER = 0x6fff_fffe;
const ENVIRONMENT_NAMES = /^(PATH|HOME|LANG|TERM|PWD|OLDPWD|SHLVL|_|GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL))$/;

export interface SelfTestParts {
  readonly sandbox: Sandbox;
  readonly limits: Pick<SandboxLimits, "processes">;
  readonly isRoot: boolean;
}

/** Undefined when every answer was right, otherwise what was wrong. */
export async function selfTest({ sandbox, limits, isRoot }: SelfTestParts): Promise<string | undefined> {
  const place = await mkdtemp(join(tmpdir(), "signalbox-sandbox-"));
  const listener = createServer((socket) => socket.destroy());
  try {
    await chmod(place, 0o755);
    const folder = join(place, "folder");
    await mkdir(folder, { mode: 0o700 });
    if (isRoot) await chown(folder, OWNER, OWNER);
    await writeFile(join(place, "canary"), "canary", { mode: 0o644 });
    const port = await new Promise<number>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(0, "127.0.0.1", () => {
        const address = listener.address();
        resolve(typeof address === "object" && address ? address.port : 0);
      });
    });
    const base = { folder, isWritable: true, timeoutMs: TIMEOUT_MS, outputBytesMax: OUTPUT_BYTES_MAX };
    const { signal } = new AbortController();
    const run = questions(place, port, limits.processes);
    const result = await sandbox.run({ ...base, run }, signal);
    const wrong = judge(result.stdout.text, limits.processes);
    if (wrong) return `${wrong}${firstLine(result.stderr.text)}`;
    const after = await sandbox.run({ ...base, run: "rm -f beat; sleep 0.2; test -e beat && echo lives" }, signal);
    return after.stdout.text.includes("lives") ? "a process outlived its command" : undefined;
  } finally {
    listener.close();
    await rm(place, { recursive: true, force: true });
  }
}

/**
 * Whether a rule that lists hosts is honoured: the way out is there, and a host that is not listed is refused. Undefined when it is,
 * otherwise what was wrong.
 */
export async function networkTest({
  sandbox,
  isRoot,
}: Pick<SelfTestParts, "sandbox" | "isRoot">): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-sandbox-"));
  try {
    if (isRoot) await chown(folder, OWNER, OWNER);
    const base = { folder, isWritable: true, timeoutMs: TIMEOUT_MS, outputBytesMax: OUTPUT_BYTES_MAX };
    const { signal } = new AbortController();
    const result = await sandbox.run({ ...base, run: ASK_FOR_UNLISTED, hosts: ["listed.invalid"] }, signal);
    if (/^HTTP\/1\.1 403 /.test(result.stdout.text)) return undefined;
    return `a host that is not listed was not refused${firstLine(result.stderr.text)}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const ASK_FOR_UNLISTED = `
pass=\${HTTP_PROXY#http://}; pass=$(printf %s "\${pass%@*}" | base64 -w0)
exec 9<>"/dev/tcp/127.0.0.1/\${HTTP_PROXY##*:}" || exit
printf 'CONNECT unlisted.invalid:443 HTTP/1.1\\r\\nHost: unlisted.invalid\\r\\nProxy-Authorization: Basic %s\\r\\n\\r\\n' "$pass" >&9
read -rt 10 line <&9; echo "$line"
`;

/**
 * Each line `name=answer`. A line that is missing is a wrong answer. Where there is no wall after all a question must do no harm:
 * what it made is taken away again, and a mount is tried on a folder of the test's own.
 */
const questions = (place: string, port: number, processes: number): string => `
say() { if "\${@:2}" >/dev/null 2>&1; then echo "$1=yes"; else echo "$1=no"; fi; }
say inside-write touch here
say outside-read cat ${place}/canary
say outside-write touch ${place}/written
say system-write bash -c 'made=$(mktemp /usr/signalbox-XXXXXX) && rm "$made"'
say root-write bash -c 'made=$(mktemp /signalbox-XXXXXX) && rm "$made"'
say network bash -c 'exec 9<>/dev/tcp/127.0.0.1/${port}'
say user-namespace unshare --user true
mkdir place; say mount mount -t tmpfs none place; umount place 2>/dev/null
echo "uid=$(id -u)"
for file in /proc/[0-9]*/environ; do tr '\\0' '\\n' <"$file" 2>/dev/null | sed -n 's/^\\([^=]*\\)=.*/environment=\\1/p'; done
(setsid bash -c 'trap "" TERM HUP INT; for n in {1..100}; do : >beat; sleep 0.05; done' >/dev/null 2>&1 &)
# From here on nothing but the loop may need a process: there are none left.
mkfifo pause; exec 8<>pause
(i=0; while [ $i -lt ${processes * 2} ]; do sleep 5 & i=$((i + 1)); echo >>forks; done) >/dev/null 2>&1 &
read -rt 0.3 <&8
mapfile -t made <forks
echo "forks=\${#made[@]}"
`;

const RIGHT: Readonly<Record<string, string>> = {
  "inside-write": "yes",
  "outside-read": "no",
  "outside-write": "no",
  "system-write": "no",
  "root-write": "no",
  network: "no",
  "user-namespace": "no",
  mount: "no",
};

function judge(output: string, processes: number): string | undefined {
  const answers = output.split("\n").map((line) => line.split("=", 2));
  const answerTo = (question: string): string | undefined => answers.find(([name]) => name === question)?.[1];
  for (const [question, right] of Object.entries(RIGHT)) {
    const answer = answerTo(question);
    if (answer === undefined) return "it does not run a command";
    if (answer !== right) return `${question} should be "${right}" and is "${answer}"`;
  }
  if (answerTo("uid") === "0") return "commands run as root";
  const leaked = answers.find(([name, value = ""]) => name === "environment" && !ENVIRONMENT_NAMES.test(value));
  if (leaked) return "the environment of the server can be read";
  const forks = Number(answerTo("forks"));
  if (!(forks >= 1 && forks <= processes)) return "the number of processes has no limit";
  return undefined;
}

const firstLine = (text: string): string => {
  const line = text.trim().split("\n", 1)[0]?.slice(0, 300) ?? "";
  return line === "" ? "" : `: ${line}`;
};
