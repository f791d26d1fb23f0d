// All MCP servers of the configuration: their tools as our tools, what of them is held back, and the word of an administrator that
// lets it through.

import { join } from "node:path";
import type { Clock, Random } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { HeldTool, McpDesk } from "../../core/mcp-desk.ts";
import type { McpProgram, McpServerSettings, McpSettings } from "../../core/mcp-settings.ts";
import type { Tool } from "../../core/tool.ts";
import type { Sandbox, SandboxProgram } from "../sandbox/sandbox.ts";
import { untrustedText } from "../untrusted-text.ts";
import { createHttpTransport } from "./http-transport.ts";
import { McpConnection } from "./mcp-connection.ts";
import { resultText } from "./mcp-result.ts";
import { offeredTools, pinsOf } from "./offered-tools.ts";
import { makeServerHome } from "./server-home.ts";
import { StdioTransport } from "./stdio-transport.ts";
import type { ListedTool, ToolDefinition } from "./tool-definition.ts";
import { type PinStore, type Pins, withPins } from "./tool-pins.ts";

export interface McpServersParts {
  readonly servers: McpSettings["servers"];
  readonly pins: PinStore;
  /** Variables that a server's settings may name. */
  readonly variable: (name: string) => string | undefined;
  /** Each server that is a program has its HOME below. */
  readonly homes: string;
  /** Where programs run; or a sentence that says why none does. */
  readonly sandbox: Pick<Sandbox, "start"> | { readonly off: string };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The set of tools is another one. */
  readonly onChange?: () => void;
}

export interface McpServers extends McpDesk {
  /** Resolves when each server was tried once, however that ended. */
  start(): Promise<void>;
  stop(): Promise<void>;
  current(): readonly Tool[];
}

interface Server {
  readonly name: string;
  readonly connection: McpConnection | undefined;
  off: string;
  listed: readonly ListedTool[];
  tools: readonly ToolDefinition[];
  held: readonly HeldTool[];
}

export function createMcpServers(parts: McpServersParts): McpServers {
  const { pins, clock, random, log, variable, sandbox, homes, onChange = () => {} } = parts;
  const servers = Object.entries(parts.servers).map(([name, settings]) => createServer(name, settings));
  /** One at a time: two servers that are new at once must both be remembered. */
  let pinning: Promise<unknown> = Promise.resolve();

  function createServer(name: string, settings: McpServerSettings): Server {
    const off = whyOff(settings);
    const connection = off
      ? undefined
      : new McpConnection({
          server: name,
          open: () => transportFor(name, settings),
          clock,
          random,
          log,
          timeoutSeconds: settings.timeoutSeconds,
          onTools: async (listed) => {
            server.listed = listed;
            await offer(server);
          },
        });
    const server: Server = { name, connection, off, listed: [], tools: [], held: [] };
    if (off) log.warn("mcp server off", { server: name, reason: off });
    return server;
  }

  function whyOff(settings: McpServerSettings): string {
    if ("command" in settings && "off" in sandbox) return sandbox.off;
    const names = "command" in settings ? settings.env : Object.values(settings.headers).flatMap(namesIn);
    const missing = names.find((name) => variable(name) === undefined);
    return missing === undefined ? "" : `the variable ${missing} is not set`;
  }

  function transportFor(name: string, settings: McpServerSettings) {
    if (!("command" in settings)) {
      const filled = Object.entries(settings.headers).map(([key, value]) => [key, filledIn(value)]);
      return createHttpTransport({ ...settings, headers: Object.fromEntries(filled) });
    }
    return new StdioTransport({ start: startProgram, clock, program: programFor(name, settings) });
  }

  const startProgram: Sandbox["start"] = async (program, signal) => {
    if ("off" in sandbox) throw new Error(sandbox.off);
    await makeServerHome(program.folder);
    return sandbox.start(program, signal);
  };

  function programFor(name: string, { command, env, folders, hosts }: McpProgram): SandboxProgram {
    const [program = "", ...args] = command;
    const given = Object.fromEntries(env.map((one) => [one, variable(one) ?? ""]));
    return {
      run: [program, ...args],
      folder: join(homes, name),
      isWritable: true,
      isHome: true,
      env: given,
      readable: folders,
      hosts,
    };
  }

  const filledIn = (value: string): string => value.replaceAll(VARIABLE, (_, name: string) => variable(name) ?? "");

  function pinned<Result>(work: (known: Pins) => Promise<Result>): Promise<Result> {
    const result = pinning.then(async () => work(await pins.read()));
    pinning = result.catch(() => {});
    return result;
  }

  /** Without pins that can be read and written nothing is offered: what was accepted would not be known. */
  async function offer(server: Server): Promise<void> {
    const before = JSON.stringify(server.tools);
    try {
      await pinned(async (known) => {
        const offered = offeredTools(server.name, server.listed, known);
        if (offered.pins !== known) await pins.write(offered.pins);
        server.tools = offered.tools;
        server.held = offered.held;
      });
      server.off = "";
    } catch (error) {
      server.tools = [];
      server.off = "its accepted tools cannot be read or stored";
      log.error("mcp pins unusable", { server: server.name, error });
    }
    for (const { tool, reason, message } of server.held) {
      log.warn("mcp tool held back", { server: server.name, tool, reason, message });
    }
    if (JSON.stringify(server.tools) !== before) onChange();
  }

  const toolOf = ({ name, connection }: Server, definition: ToolDefinition): Tool => ({
    name: definition.name,
    description: definition.description,
    capabilities: [`mcp.${name}`],
    parameters: definition.parameters,
    run: async (args, { signal }) => {
      if (!isOffered(name, definition)) throw new Error("This tool changed and waits for an administrator's word.");
      if (!connection) throw new Error(`The MCP server ${name} is off.`);
      const result = await connection.call(definition.tool, args, signal);
      const text = untrustedText(`MCP server ${name}, tool ${definition.tool}`, resultText(result));
      if (result.isError) throw new Error(text);
      return text;
    },
  });

  /** Also for a task that began before the tool changed. */
  const isOffered = (server: string, { hash }: ToolDefinition): boolean =>
    servers.some(({ name, tools }) => name === server && tools.some((tool) => tool.hash === hash));

  return {
    start: async () => {
      await Promise.all(servers.map(({ connection }) => connection?.start()));
    },
    stop: async () => {
      await Promise.all(servers.map(({ connection }) => connection?.stop()));
    },
    current: () => servers.flatMap((server) => server.tools.map((definition) => toolOf(server, definition))),
    held: () => servers.flatMap(({ held }) => held),
    status: () =>
      servers.map(({ name, connection, off, tools }) => ({
        server: name,
        state: off || !connection ? "off" : connection.state,
        reason: off || (connection?.state === "resting" ? connection.reason : ""),
        tools: tools.map((tool) => tool.name),
      })),
    accept: async (name, tool, hash) => {
      const server = servers.find((one) => one.name === name);
      const offered = server?.held.find((one) => one.tool === tool)?.offer;
      if (!server || !offered) throw new Error(`No tool ${tool} of an MCP server ${name} waits to be accepted.`);
      if (hash !== offered.hash) throw new Error(`${tool} changed again since it was looked at.`);
      await pinned((known) => pins.write(withPins(known, name, pinsOf([{ tool, ...offered }]))));
      await offer(server);
      log.info("mcp tool accepted", { server: name, tool, hash });
    },
  };
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]{0,100})\}/g;
const namesIn = (value: string): readonly string[] => [...value.matchAll(VARIABLE)].map((match) => match[1] ?? "");
