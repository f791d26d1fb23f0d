// The command line: start, chat, run, tasks, skills, audit, doctor. Exit codes: 0 done, 1 failed, 2 bad usage, 130 stopped.

import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { Command, CommanderError } from "commander";

// Sources are compiled once, not at every start.
enableCompileCache();
// Killed together with the start-up script that made us: an orphan would keep the port and the data folder.
if (process.connected) process.on("disconnect", () => process.exit(1));

const FAILED = 1;
const HOUSE_TOOLS = [
  ...["current_time", "recall", "open_skill", "spawn_agent", "wait_agents", "stop_agent", "fetch_url", "run_command"],
  ...["read_file", "write_file", "edit_file", "list_files", "search_files", "restore_file"],
];
const BAD_USAGE = 2;

// What a command needs is loaded by that command only: `--help` answers at once.
const program = new Command("signalbox")
  .description(
    "A chat-agent server: every message ends in exactly one visible outcome, in order, whatever crashes in between.",
  )
  .version(readVersion())
  .showHelpAfterError("(signalbox --help shows what there is)")
  .exitOverride();

program
  .command("start")
  .description("serve the channels and the web chat until a signal")
  .action(async () => {
    const { start } = await import("./commands/start.ts");
    process.exitCode = await start(process.cwd());
  });

program
  .command("chat")
  .description("talk to the agent in this terminal; joins the running server, or works without one")
  .option("--session <id>", "which conversation to join", "main")
  .action(async ({ session }: { session: string }) => {
    const { chat } = await import("./commands/chat.ts");
    process.exitCode = await chat(process.cwd(), session);
  });

program
  .command("run")
  .description("do one task: progress on stderr, the answer on stdout; exit 0 done, 1 failed, 130 stopped")
  .argument("<task>", "what is to be done")
  .option("--agent <name>", "which agent does it")
  .option("--json", "one JSON object on stdout", false)
  .action(async (task: string, options: { agent?: string; json: boolean }) => {
    const { run } = await import("./commands/run.ts");
    process.exitCode = await run(process.cwd(), { task, ...options });
  });

program
  .command("tasks")
  .description("list the latest tasks; works beside a running server")
  .option("--json", "as JSON", false)
  .action(async ({ json }: { json: boolean }) => {
    const { tasksText } = await import("./commands/tasks.ts");
    process.stdout.write(await tasksText(process.cwd(), json));
  });

program
  .command("skills")
  .description("look after the skills folder")
  .command("check")
  .description("say of each skill whether it is usable, and what is wrong with file and line; exit 1 if one is broken")
  .argument("[folder]", "another folder than the configured one")
  .action(async (folder: string | undefined) => {
    const { checkSkills } = await import("./commands/skills.ts");
    const { text, isBroken } = await checkSkills(process.cwd(), folder, [...HOUSE_TOOLS]);
    process.stdout.write(text);
    process.exitCode = isBroken ? FAILED : 0;
  });

program
  .command("audit")
  .description("look after the record of decisions")
  .command("verify")
  .description("say whether a record was changed or is missing; works beside a running server; exit 1 if so")
  .action(async () => {
    const { verifyAudit } = await import("./commands/audit.ts");
    const { text, isBroken } = await verifyAudit(process.cwd());
    process.stdout.write(text);
    process.exitCode = isBroken ? FAILED : 0;
  });

program
  .command("doctor")
  .description("say what is configured, what is missing and how to get it; exit 1 if something is broken")
  .option("--json", "as JSON", false)
  .action(async ({ json }: { json: boolean }) => {
    const { examine } = await import("./commands/doctor.ts");
    const { text, isBroken } = await examine(process.cwd(), json);
    process.stdout.write(text);
    process.exitCode = isBroken ? FAILED : 0;
  });

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : BAD_USAGE;
  else {
    const { failureLines } = await import("./commands/failure-lines.ts");
    process.stderr.write(`signalbox: ${failureLines(error)}\n`);
    process.exitCode = FAILED;
  }
}
