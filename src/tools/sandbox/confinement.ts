// The argument list that builds the wall round one command. Pure. The order of the mounts is the wall: the folder that the
// agent can write is bound last and whole, and nothing is ever made, mounted or masked below it (a link planted there would
// lead bubblewrap out of it).

import { type Program, type Programs, programPath } from "./find-programs.ts";
import { INSIDE_FOLDER, type SandboxLimits, type SandboxProgram, SYSTEM_PATH } from "./sandbox.ts";

/** Who the command is inside, whoever it is outside. */
const INSIDE_ID = 1_000;
export const PASSWD = `agent:x:${INSIDE_ID}:${INSIDE_ID}:agent:/tmp:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n`;
export const GROUP = `agent:x:${INSIDE_ID}:\nnogroup:x:65534:\n`;
/** The descriptors of what is handed in, in this order. */
const [PASSWD_FD, GROUP_FD, FILTER_FD, NEXT_FD] = ["3", "4", "5", "6"] as const;

const SHM_BYTES = 8 * 1024 ** 2;
const ETC = ["/etc/alternatives", "/etc/ssl/certs", "/etc/localtime", "/etc/mime.types", "/etc/fonts"];

const ENVIRONMENT = {
  LANG: "C.UTF-8",
  TERM: "dumb",
  GIT_AUTHOR_NAME: "agent",
  GIT_AUTHOR_EMAIL: "agent@localhost",
  GIT_COMMITTER_NAME: "agent",
  GIT_COMMITTER_EMAIL: "agent@localhost",
};

/** A folder of the root: itself, or the link into /usr that it is on most systems. */
export interface RootFolder {
  readonly path: string;
  readonly linkTo?: string;
}

/** Where it lies on the host, and inside. */
export interface Place {
  readonly source: string;
  readonly target: string;
}

export interface Host {
  readonly programs: Programs;
  readonly limits: SandboxLimits;
  /** /bin, /lib and the like, as this machine has them. */
  readonly rootFolders: readonly RootFolder[];
  readonly hasFilter: boolean;
  /** Present where the server is root: whom to become, and an empty folder of the host to show things in on the way. */
  readonly root?: { readonly uid: number; readonly gid: number; readonly stage: string };
  /** Further folders and files, read-only. */
  readonly places: readonly Place[];
  /** Folders before the system's in PATH. */
  readonly searched: readonly string[];
  /** How a program with a way out finds it. */
  readonly way?: { readonly env: Readonly<Record<string, string>>; readonly before: readonly string[] };
  /** Files to write the process into: control groups made for this command. */
  readonly groups: readonly string[];
}

/** Without a time limit there is none of processor time either. */
export function confinedArgs(command: SandboxProgram, host: Host, timeoutMs?: number): readonly [string, ...string[]] {
  const path = (name: Program): string => programPath(host.programs, name);
  const { root, places } = host;
  const sources = [command.folder, ...places.map(({ source }) => source)];
  const reached = (index: number): string =>
    root ? stagedPlace(root.stage, index, sources.length) : (sources[index] ?? "");
  return [
    ...(root
      ? ([path("unshare"), "--mount", "--propagation", "private", "--", path("sh"), "-c", PRELUDE, "sh"] as const)
      : ([path("sh"), "-c", PRELUDE_UNPRIVILEGED, "sh"] as const)),
    ...(root ? [root.stage, String(sources.length), ...sources, String(host.groups.length), ...host.groups] : []),
    ...(root
      ? [path("setpriv"), `--reuid=${root.uid}`, `--regid=${root.gid}`, "--clear-groups", "--no-new-privs", "--"]
      : []),
    path("prlimit"),
    `--as=${host.limits.memoryBytes}`,
    ...(timeoutMs === undefined ? [] : [`--cpu=${Math.ceil(timeoutMs / 1_000) + 1}`]),
    `--fsize=${host.limits.fileBytes}`,
    `--nofile=${host.limits.openFiles}`,
    "--core=0",
    "--",
    path("bwrap"),
    ...namespaces(),
    ...environment(command, host),
    ...mounts(host),
    ...places.flatMap(({ target }, index) => ["--ro-bind", reached(index + 1), target]),
    // The root is closed before the folder comes, so that nothing has to be made once an agent's links can be met.
    ...["--dir", INSIDE_FOLDER, "--remount-ro", "/"],
    command.isWritable ? "--bind" : "--ro-bind",
    reached(0),
    INSIDE_FOLDER,
    "--chdir",
    INSIDE_FOLDER,
    "--cap-drop",
    "ALL",
    ...(host.hasFilter ? ["--seccomp", FILTER_FD, "--info-fd", NEXT_FD] : ["--info-fd", FILTER_FD]),
    "--",
    // Inside: the limit of processes counts in this command's own user namespace only.
    path("prlimit"),
    `--nproc=${host.limits.processes}`,
    "--",
    ...(host.way?.before ?? []),
    ...(typeof command.run === "string" ? [path("bash"), "-c", command.run] : command.run),
  ];
}

/**
 * As root, in a mount namespace of its own: what is to be seen is shown where an ordinary user can reach it, since the folders above
 * it are closed to all but root. One folder alone is shown on the stage itself, several in places on it. Then first to die when
 * memory runs out, and into the control groups.
 */
const PRELUDE = `echo 1000 >/proc/self/oom_score_adj
cd / || exit 125
stage=$1; n=$2; shift 2
if [ "$n" -eq 1 ]; then mount --no-mtab --bind -- "$1" "$stage" || exit 125; shift; else
  mount --no-mtab -t tmpfs -o size=1m,mode=755 stage "$stage" || exit 125
  i=0
  while [ "$i" -lt "$n" ]; do
    if [ -d "$1" ]; then mkdir "$stage/$i"; else : >"$stage/$i"; fi
    mount --no-mtab --bind -- "$1" "$stage/$i" || exit 125
    shift; i=$((i + 1))
  done
fi
n=$1; shift
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; shift; n=$((n - 1)); done
exec "$@"`;
const stagedPlace = (stage: string, index: number, count: number): string =>
  count === 1 ? stage : `${stage}/${index}`;
const PRELUDE_UNPRIVILEGED = `echo 1000 >/proc/self/oom_score_adj; exec "$@"`;

const namespaces = (): string[] => [
  ...["--unshare-user", "--disable-userns", "--uid", String(INSIDE_ID), "--gid", String(INSIDE_ID)],
  ...[
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--hostname",
    "sandbox",
    "--unshare-cgroup-try",
    "--unshare-net",
  ],
  ...["--die-with-parent", "--new-session"],
];

const environment = ({ env, isHome }: SandboxProgram, { searched, way }: Host): string[] => [
  "--clearenv",
  ...Object.entries({
    ...ENVIRONMENT,
    ...env,
    ...way?.env,
    PATH: [...searched, SYSTEM_PATH].join(":"),
    HOME: isHome ? INSIDE_FOLDER : "/tmp",
  }).flatMap(([name, value]) => ["--setenv", name, value]),
];

const mounts = ({ limits, rootFolders }: Host): string[] => [
  ...["--ro-bind", "/usr", "/usr"],
  ...rootFolders.flatMap(({ path, linkTo }) =>
    linkTo === undefined ? ["--ro-bind", path, path] : ["--symlink", linkTo, path],
  ),
  ...["--perms", "0755", "--dir", "/etc"],
  ...ETC.flatMap((path) => ["--ro-bind-try", path, path]),
  ...["--ro-bind-data", PASSWD_FD, "/etc/passwd", "--ro-bind-data", GROUP_FD, "/etc/group"],
  ...["--proc", "/proc", "--dev", "/dev"],
  ...["--size", String(SHM_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"],
  ...["--size", String(limits.temporaryBytes), "--tmpfs", "/tmp"],
];
