// What the configuration decides about the world outside: which sandbox, whom commands may reach, which pages may be fetched, which
// MCP servers there are. It is opened as a whole and replaced as a whole when an administrator edits it.

import type { Clock, Random } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { McpSettings } from "../core/mcp-settings.ts";
import type { Tool } from "../core/tool.ts";
import { createSafeFetch } from "../lib/safe-fetch/safe-fetch.ts";
import { type BrowseSettings, openBrowse } from "./browse/open-browse.ts";
import { createRunProgram, type RunProgram } from "./custom/run-program.ts";
import { createFetchUrl } from "./fetch-url.ts";
import type { McpServers } from "./mcp/mcp-servers.ts";
import { openMcp } from "./mcp/open-mcp.ts";
import type { PinStore } from "./mcp/tool-pins.ts";
import { createRunCommand } from "./run-command.ts";
import { createSandboxNetwork } from "./sandbox/network.ts";
import { openSandbox } from "./sandbox/open-sandbox.ts";
import type { SandboxChoice, SandboxLevel } from "./sandbox/sandbox.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

export interface OutsideSettings {
  readonly sandbox: SandboxLevel;
  /** Whom run_command may reach. */
  readonly network: { readonly hosts: readonly string[] };
  readonly fetch: { readonly allowCidrs: readonly string[]; readonly ports: readonly number[] };
  readonly browse: BrowseSettings;
  readonly mcp: McpSettings;
  readonly toolSeconds: number;
}

export interface OutsideParts {
  readonly workspaces: Workspaces;
  readonly pins: PinStore;
  readonly homes: string;
  /** Where a browser that came as a package is unpacked. */
  readonly dataFolder: string;
  /** Never shown to a program. */
  readonly secret: readonly string[];
  readonly searchPath: string;
  readonly variable: (name: string) => string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Outside {
  readonly settings: OutsideSettings;
  readonly choice: SandboxChoice;
  readonly tools: readonly Tool[];
  readonly programs: RunProgram | { readonly off: string };
  /** Not started yet. */
  readonly mcp: McpServers;
  close(): Promise<void>;
}

const USER_AGENT = "Signalbox";

/** Throws where the settings themselves cannot be: a network that allows too much. */
export async function openOutside(settings: OutsideSettings, parts: OutsideParts): Promise<Outside> {
  const { clock, log, searchPath, secret, workspaces } = parts;
  const { toolSeconds: secondsMax } = settings;
  const safeFetch = createSafeFetch({ timers: clock, userAgent: USER_AGENT, ...settings.fetch });
  const network = createSandboxNetwork({ timers: clock, ...settings.fetch });
  const choice = await openSandbox({ timers: clock, level: settings.sandbox, searchPath, secret, network });
  const tools: Tool[] = [createFetchUrl({ fetch: safeFetch.fetch })];
  const browse = openBrowse({
    settings: settings.browse,
    network: settings.fetch,
    fetch: safeFetch.fetch,
    dataFolder: parts.dataFolder,
    workspaces,
    clock,
    log,
  });
  if (browse) tools.push(browse.tool);
  if (choice.isOn) {
    for (const note of choice.notes) log.warn("sandbox", { note });
    const { hosts } = settings.network;
    tools.push(createRunCommand({ sandbox: choice.sandbox, workspaces, secondsMax, hosts }));
  } else {
    log.warn("there is no sandbox: run_command, programs in tools/ and MCP servers that are programs are off", {
      reason: choice.reason,
    });
  }
  const sandbox = choice.isOn ? choice.sandbox : { off: `there is no sandbox: ${choice.reason}` };
  const { pins, homes, variable, random } = parts;
  const mcp = await openMcp({ servers: settings.mcp.servers, sandbox, pins, variable, homes, clock, random, log });
  return {
    settings,
    choice,
    tools,
    programs: "off" in sandbox ? sandbox : createRunProgram({ sandbox, secondsMax }),
    mcp,
    close: async () => {
      await mcp.stop();
      await browse?.close();
      await safeFetch.close();
      await network.close();
    },
  };
}
