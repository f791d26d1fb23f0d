// All tools that touch the world outside of the conversation, put together: files and commands in the session's workspace, the web,
// the custom tools of the house, MCP servers. What is off is off with a reason.

import { join } from "node:path";
import { toAppError } from "../core/errors.ts";
import type { McpDesk } from "../core/mcp-desk.ts";
import type { Programs } from "../core/program.ts";
import type { Tool } from "../core/tool.ts";
import { createAgentPrograms } from "./agent-programs.ts";
import { createToolLibrary, type ToolLibrary, type ToolProblem } from "./custom/tool-library.ts";
import { createDrawChart } from "./draw-chart.ts";
import { createEditFile } from "./edit-file.ts";
import { createListFiles } from "./list-files.ts";
import { createPinFile } from "./mcp/tool-pins.ts";
import { mention } from "./mention.ts";
import { type OutsideParts, type OutsideSettings, openOutside } from "./outside.ts";
import { createReadFile } from "./read-file.ts";
import { createRestoreFile } from "./restore-file.ts";
import type { SandboxChoice } from "./sandbox/sandbox.ts";
import { createSearchFiles } from "./search-files.ts";
import { createSendFile } from "./send-file.ts";
import { keepAttachment } from "./workspace/keep-attachment.ts";
import { createWorkspaces } from "./workspace/workspaces.ts";
import { createWriteFile } from "./write-file.ts";

export interface HouseToolsParts extends Omit<OutsideParts, "workspaces" | "pins" | "homes" | "dataFolder"> {
  readonly settings: OutsideSettings;
  readonly folders: { readonly data: string; readonly tools: string };
  /** Names that other tools of the program have. */
  readonly taken: readonly string[];
  readonly hasBin: (name: string) => boolean;
}

export interface HouseTools {
  /** As they are now. */
  current(): readonly Tool[];
  /** What is wrong with the files of custom tools, and with settings that were refused. */
  problems(): readonly Pick<ToolProblem, "place" | "message">[];
  /** The programs of agents. */
  readonly programs: Programs;
  /** Reads the folder of custom tools anew. */
  reload: ToolLibrary["reload"];
  /** Puts what somebody attached into the session's workspace; gives its path there. */
  keepFile(session: string, name: string, content: Uint8Array): Promise<string>;
  sandbox(): SandboxChoice;
  readonly mcp: McpDesk;
  /** Puts other settings in force, with a new self-test of the sandbox; MCP servers are started anew. Those that cannot be are a problem, and change nothing. */
  renew(settings: OutsideSettings): Promise<void>;
  close(): Promise<void>;
}

/** There even where they are off. */
const RESERVED = ["run_command", "fetch_url", "browse"];

export async function openHouseTools(parts: HouseToolsParts): Promise<HouseTools> {
  const { folders, clock, log, hasBin, taken } = parts;
  const workspaces = createWorkspaces({ folder: join(folders.data, "workspaces"), clock });
  const files: readonly Tool[] = [
    createReadFile(workspaces),
    createWriteFile(workspaces),
    createEditFile(workspaces),
    createListFiles(workspaces),
    createSearchFiles(workspaces),
    createRestoreFile(workspaces),
    createDrawChart(workspaces),
    createSendFile(workspaces),
    mention,
  ];
  const open = (settings: OutsideSettings) =>
    openOutside(settings, {
      ...parts,
      workspaces,
      pins: createPinFile(join(folders.data, "mcp-tools.json")),
      homes: join(folders.data, "mcp"),
      dataFolder: folders.data,
      secret: [folders.data, ...parts.secret],
    });
  let outside = await open(parts.settings);
  let refused: readonly { place: string; message: string }[] = [];
  const custom = createToolLibrary({
    folder: folders.tools,
    log,
    timers: clock,
    programs: () => outside.programs,
    builtIn: [...taken, ...files.map(({ name }) => name), ...RESERVED],
    hasBin,
  });
  await outside.mcp.start();
  return {
    current: () => [...files, ...outside.tools, ...custom.current().tools.values(), ...outside.mcp.current()],
    problems: () => [...refused, ...custom.current().problems],
    programs: createAgentPrograms({
      choice: () => outside.choice,
      workspaces,
      searchPath: parts.searchPath,
      variable: parts.variable,
      clock,
    }),
    reload: custom.reload,
    keepFile: (session, name, content) => keepAttachment(workspaces, session, name, content),
    sandbox: () => outside.choice,
    mcp: {
      status: () => outside.mcp.status(),
      held: () => outside.mcp.held(),
      accept: (server, tool, hash) => outside.mcp.accept(server, tool, hash),
    },
    renew: async (settings) => {
      const before = outside;
      refused = [];
      try {
        outside = await open(settings);
      } catch (error) {
        const { message } = toAppError(error);
        refused = [{ place: "signalbox.yaml", message }];
        log.warn("sandbox, network and MCP servers stay as they were", { message });
        return;
      }
      // Two of a server at once would share one home.
      await before.close();
      void outside.mcp.start();
      log.info("sandbox, network and MCP servers are as configured now", {
        level: settings.sandbox,
        isOn: outside.choice.isOn,
        servers: Object.keys(settings.mcp.servers),
      });
    },
    close: () => outside.close(),
  };
}
