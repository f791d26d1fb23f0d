// All tools that touch the world outside of the conversation, put together: files and commands in the session's workspace, the web,
// the custom tools of the house, MCP servers. What is off is off with a reason.

import { join } from "node:path";
import type { Clock, Random } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { McpSettings } from "../core/mcp-settings.ts";
import type { Programs } from "../core/program.ts";
import type { Tool } from "../core/tool.ts";
import { createSafeFetch } from "../lib/safe-fetch/safe-fetch.ts";
import { createAgentPrograms } from "./agent-programs.ts";
import { createPlainRun } from "./custom/run-program.ts";
import { createToolLibrary, type ToolLibrary, type ToolProblem } from "./custom/tool-library.ts";
import { createDrawChart } from "./draw-chart.ts";
import { createEditFile } from "./edit-file.ts";
import { createFetchUrl } from "./fetch-url.ts";
import { createListFiles } from "./list-files.ts";
import { createMcpServers } from "./mcp/mcp-servers.ts";
import { createPinFile } from "./mcp/tool-pins.ts";
import { mention } from "./mention.ts";
import { createReadFile } from "./read-file.ts";
import { createRestoreFile } from "./restore-file.ts";
import { createRunCommand } from "./run-command.ts";
import { openSandbox } from "./sandbox/open-sandbox.ts";
import { type SandboxLevel, SYSTEM_PATH } from "./sandbox/sandbox.ts";
import { createSearchFiles } from "./search-files.ts";
import { createSendFile } from "./send-file.ts";
import { keepAttachment } from "./workspace/keep-attachment.ts";
import { createWorkspaces } from "./workspace/workspaces.ts";
import { createWriteFile } from "./write-file.ts";

export interface HouseToolsParts {
  readonly folders: { readonly data: string; readonly tools: string };
  readonly sandbox: SandboxLevel;
  readonly fetch: { readonly allowCidrs: readonly string[]; readonly ports: readonly number[] };
  readonly mcp: McpSettings;
  readonly toolSeconds: number;
  /** Names that other tools of the program have. */
  readonly taken: readonly string[];
  readonly searchPath: string;
  readonly hasBin: (name: string) => boolean;
  readonly variable: (name: string) => string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface HouseTools {
  /** As they are now. */
  current(): readonly Tool[];
  /** What is wrong with the files of custom tools. */
  problems(): readonly ToolProblem[];
  /** The programs of agents. */
  readonly programs: Programs;
  /** Reads the folder of custom tools anew. */
  reload: ToolLibrary["reload"];
  /** Puts what somebody attached into the session's workspace; gives its path there. */
  keepFile(session: string, name: string, content: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

const USER_AGENT = "Signalbox";
const NO_WALL_FOR_SERVERS =
  "a program that stays running cannot be put into the sandbox yet (sandbox: none runs it without)";

export async function openHouseTools(parts: HouseToolsParts): Promise<HouseTools> {
  const { folders, clock, log, searchPath, hasBin } = parts;
  const workspaces = createWorkspaces({ folder: join(folders.data, "workspaces"), clock });
  const safeFetch = createSafeFetch({ timers: clock, userAgent: USER_AGENT, ...parts.fetch });
  const builtIn: Tool[] = [
    createReadFile(workspaces),
    createWriteFile(workspaces),
    createEditFile(workspaces),
    createListFiles(workspaces),
    createSearchFiles(workspaces),
    createRestoreFile(workspaces),
    createDrawChart(workspaces),
    createSendFile(workspaces),
    mention,
    createFetchUrl({ fetch: safeFetch.fetch }),
  ];
  const choice = await openSandbox({ timers: clock, level: parts.sandbox });
  if (choice.isOn) {
    for (const note of choice.notes) log.warn("sandbox", { note });
    builtIn.push(createRunCommand({ sandbox: choice.sandbox, workspaces, secondsMax: parts.toolSeconds }));
  } else log.warn("run_command is off: there is no sandbox", { reason: choice.reason });

  const custom = createToolLibrary({
    folder: folders.tools,
    log,
    timers: clock,
    run: createPlainRun({ timers: clock, searchPath }),
    builtIn: [...parts.taken, ...builtIn.map(({ name }) => name), "run_command"],
    hasBin,
  });
  const mcp = createMcpServers({
    servers: parts.mcp.servers,
    pins: createPinFile(join(folders.data, "mcp-tools.json")),
    variable: parts.variable,
    searchPath,
    homes: join(folders.data, "mcp"),
    ...(parts.sandbox === "none" ? {} : { programs: { off: NO_WALL_FOR_SERVERS } }),
    clock,
    random: parts.random,
    log,
  });
  await mcp.start();
  return {
    current: () => [...builtIn, ...custom.current().tools.values(), ...mcp.current()],
    problems: () => custom.current().problems,
    programs: createAgentPrograms({
      choice: () => choice,
      workspaces,
      searchPath: SYSTEM_PATH,
      variable: parts.variable,
      clock,
    }),
    reload: custom.reload,
    keepFile: (session, name, content) => keepAttachment(workspaces, session, name, content),
    close: async () => {
      await mcp.stop();
      await safeFetch.close();
    },
  };
}
