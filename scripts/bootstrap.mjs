// Makes a fresh clone runnable, then runs the given script: installs the locked packages when they are missing or stale,
// and where this machine's Node is older than 24 fetches Node 24 from the npm registry and runs under that.
// Plain JavaScript without dependencies, because it runs before there are any, under Node 20 or newer.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;
const INSTALL_WAIT_MS_MAX = 300_000;
const PARENT_LOOK_MS = 250;
/** Shorter than a successor waits for the data folder. */
const LEAVE_MS_MAX = 3_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "node_modules", ".signalbox-installed");
const lockFolder = join(root, ".bootstrap-lock");

const say = (line) => process.stderr.write(`${line}\n`);
const nodeMajor = Number(process.versions.node.split(".")[0]);

/** What must have been installed: the lock file, for this platform. */
function wantedStamp() {
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform}-${process.arch}`).digest("hex");
}

function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === wantedStamp();
}

function npm(args, what) {
  // npm's own script is run with a Node of ours, so that a Windows `npm.cmd` needs no shell, and with the one the packages will run
  // under: npm silently leaves out an optional package that is not for the Node it runs with.
  const script = process.env.npm_execpath;
  const node = nodeMajor < NODE_MAJOR_MIN && existsSync(nodeBinary) ? nodeBinary : process.execPath;
  const [command, prefix] = script?.endsWith(".js") ? [node, [script]] : ["npm", []];
  const result = spawnSync(command, [...prefix, ...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (result.status !== 0) throw new Error(`${what} failed. Is the npm registry reachable? Try: npm ${args.join(" ")}`);
}

const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const nodeBinary = join(
  root,
  ".node24",
  "node_modules",
  nodePackage,
  "bin",
  process.platform === "win32" ? "node.exe" : "node",
);

function hasNode() {
  return nodeMajor >= NODE_MAJOR_MIN || existsSync(nodeBinary);
}

/** Two commands started at once on a fresh clone must not install over each other. */
async function withInstallLock(work) {
  const giveUpAt = Date.now() + INSTALL_WAIT_MS_MAX;
  for (;;) {
    try {
      mkdirSync(lockFolder);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const age = Date.now() - (statSync(lockFolder, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (age > INSTALL_WAIT_MS_MAX || Date.now() > giveUpAt) rmSync(lockFolder, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  try {
    work();
  } finally {
    rmSync(lockFolder, { recursive: true, force: true });
  }
}

function install() {
  if (!hasNode()) {
    say(`signalbox: this is Node ${process.versions.node}; fetching Node ${NODE_MAJOR_MIN} into .node24 (once) ...`);
    mkdirSync(join(root, ".node24"), { recursive: true });
    writeFileSync(join(root, ".node24", "package.json"), '{ "private": true }\n');
    npm(["install", "--prefix", join(root, ".node24"), `${nodePackage}@${NODE_MAJOR_MIN}`], "fetching Node 24");
    if (!existsSync(nodeBinary))
      throw new Error(`${nodePackage} brought no Node; install Node ${NODE_MAJOR_MIN} or newer`);
  }
  if (!isInstalled()) {
    say("signalbox: installing packages (once; about half a minute) ...");
    // Not `npm ci`: it refuses a lock file in which some platform's optional packages could not be resolved.
    npm(["install", "--no-save"], "installing the packages");
    writeFileSync(stampFile, wantedStamp());
  }
}

/**
 * npm passes signals to a shell, which dies without passing them on, and a killed npm leaves us behind: either way the program
 * would go on as an orphan that keeps the port and the data folder. So when npm or its shell is gone, the program has to go.
 */
function watchNpm(onGone) {
  if (process.env.npm_execpath === undefined || process.platform === "win32") return;
  const shell = process.ppid;
  const npmProcess = Number(
    spawnSync("ps", ["-o", "ppid=", "-p", String(shell)], { encoding: "utf8" }).stdout?.trim() || 0,
  );
  const watch = setInterval(() => {
    if (process.ppid === shell && (npmProcess <= 1 || isAlive(npmProcess))) return;
    clearInterval(watch);
    onGone();
  }, PARENT_LOOK_MS);
  watch.unref();
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function runUnderNode24(args, cwd = process.cwd()) {
  try {
    if (!isInstalled() || !hasNode()) await withInstallLock(install);
  } catch (error) {
    say(`signalbox: ${error.message}`);
    process.exit(1);
  }
  const binary = nodeMajor >= NODE_MAJOR_MIN ? process.execPath : nodeBinary;
  const child = spawn(binary, args, {
    cwd,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: {
      ...process.env,
      PATH: `${dirname(binary)}${process.platform === "win32" ? ";" : ":"}${process.env.PATH ?? ""}`,
    },
  });
  watchNpm(() => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), LEAVE_MS_MAX).unref();
  });
  // A terminal sends Ctrl-C to the whole group, so the child has it already; a supervisor signals only us.
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  child.on("error", (error) => {
    say(`signalbox: cannot start ${binary}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 1);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [script, ...rest] = process.argv.slice(2);
  await runUnderNode24([join(root, script), ...rest], root);
}
