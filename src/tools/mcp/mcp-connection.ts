// The life of the connection to one MCP server: connecting, ready, resting after a failure (longer each time), stopped. A server that
// hangs, crashes or floods costs its own callers a sentence and nobody else anything.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  type CallToolResult,
  CallToolResultSchema,
  ListToolsResultSchema,
  McpError,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Clock, Random } from "../../core/clock.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Log } from "../../core/log.ts";
import type { McpState } from "../../core/mcp-desk.ts";
import { childController, endsWithin } from "../../lib/abort.ts";
import type { ListedTool } from "./tool-definition.ts";

export interface McpConnectionParts {
  readonly server: string;
  /** A new way to it, each time; `reason` tells afterwards why it closed. */
  readonly open: () => Transport & { readonly reason?: string };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly timeoutSeconds: number;
  /** What it lists; each time it connects, says that its tools changed, or is asked again. */
  readonly onTools: (tools: readonly ListedTool[]) => Promise<void>;
}

type ConnectionState = Exclude<McpState, "off">;

const CONNECT_MS = 15_000;
const PING_MS = 3_000;
/** The SDK has a time limit of its own; ours are kept by the clock that is handed in. */
const NEVER_MS = 2_147_483_647;
const REST_MS_FIRST = 1_000;
const REST_MS_MAX = 300_000;
/** Who was well for so long starts afresh with short rests. */
const WELL_MS = 60_000;
const LIST_AGAIN_MS = 300_000;
const LIST_AFTER_CHANGE_MS = 500;
const PAGES_MAX = 20;
const TOOLS_LISTED_MAX = 1_000;
const CALLS_MAX = 8;
const REASON_CHARS_MAX = 300;

export class McpConnection {
  readonly #parts: McpConnectionParts;
  #client: Client | undefined;
  #state: ConnectionState = "stopped";
  #reason = "";
  #rests = 0;
  #readySince = 0;
  #calls = 0;
  #cancelTimer = (): void => {};
  #closing: Promise<unknown> = Promise.resolve();

  constructor(parts: McpConnectionParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Why it rests. */
  get reason(): string {
    return this.#reason;
  }

  /** Resolves when the first try is over, however it ended. */
  async start(): Promise<void> {
    if (this.#state === "stopped") await this.#connect();
  }

  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#cancelTimer();
    this.#drop();
    await this.#closing;
  }

  /** Throws a sentence for the model. */
  async call(tool: string, args: JsonObject, signal: AbortSignal): Promise<CallToolResult> {
    const { server, timeoutSeconds, clock } = this.#parts;
    const client = this.#client;
    if (this.#state !== "ready" || !client) {
      throw new Error(`The MCP server ${server} cannot be reached just now; it is tried again by itself.`);
    }
    if (this.#calls >= CALLS_MAX)
      throw new Error(`The MCP server ${server} is busy with ${CALLS_MAX} calls; try again later.`);
    this.#calls += 1;
    const { controller, release } = childController(signal);
    const late = new Error(`it did not answer within ${timeoutSeconds} seconds`);
    const cancel = clock.after(timeoutSeconds * 1_000, () => controller.abort(late));
    try {
      const request = { method: "tools/call" as const, params: { name: tool, arguments: { ...args } } };
      const working = client.request(request, CallToolResultSchema, { signal: controller.signal, timeout: NEVER_MS });
      return await endsWithin(working, { timers: clock, signal: controller.signal, graceMs: 0, onAbandoned: () => {} });
    } catch (error) {
      signal.throwIfAborted();
      const failure = controller.signal.aborted ? late : error;
      const isAnswer = failure instanceof McpError && failure.code !== CLOSED;
      if (!isAnswer) void this.#doubt(client, failure);
      throw new Error(`The MCP server ${server} failed: ${sentence(failure)}`, { cause: error });
    } finally {
      cancel();
      release();
      this.#calls -= 1;
    }
  }

  async #connect(): Promise<void> {
    const { open, clock, log, server } = this.#parts;
    this.#state = "connecting";
    const transport = open();
    const client = new Client({ name: "signalbox", version: "1" }, { capabilities: {} });
    this.#client = client;
    client.onerror = (error) => log.debug("mcp server error", { server, message: sentence(error) });
    client.onclose = () => this.#lost(client, transport.reason || "it closed the connection");
    client.setNotificationHandler(ToolListChangedNotificationSchema, () =>
      this.#listLater(client, LIST_AFTER_CHANGE_MS),
    );
    const late = new AbortController();
    const cancel = clock.after(CONNECT_MS, () =>
      late.abort(new Error(`it did not answer within ${CONNECT_MS / 1_000} seconds`)),
    );
    try {
      const work = client.connect(transport, { signal: late.signal }).then(() => this.#list(client, late.signal));
      await endsWithin(work, { timers: clock, signal: late.signal, graceMs: 0, onAbandoned: () => {} });
      if (this.#client !== client) return;
      this.#state = "ready";
      this.#readySince = clock.now();
      log.info("mcp server ready", { server });
      this.#listLater(client, LIST_AGAIN_MS);
    } catch (error) {
      this.#lost(client, late.signal.aborted ? sentence(late.signal.reason) : transport.reason || sentence(error));
    } finally {
      cancel();
    }
  }

  async #list(client: Client, signal?: AbortSignal): Promise<void> {
    const listed: ListedTool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX && listed.length < TOOLS_LISTED_MAX; page += 1) {
      const request = { method: "tools/list" as const, params: cursor === undefined ? {} : { cursor } };
      const result = await client.request(request, ListToolsResultSchema, {
        timeout: CONNECT_MS,
        ...(signal && { signal }),
      });
      listed.push(...result.tools);
      cursor = result.nextCursor;
      if (cursor === undefined) break;
    }
    if (this.#client === client) await this.#parts.onTools(listed.slice(0, TOOLS_LISTED_MAX));
  }

  /** However often it says that its tools changed, one look is due at a time. */
  #listLater(client: Client, delayMs: number): void {
    if (this.#client !== client || this.#state !== "ready") return;
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.clock.after(delayMs, () => {
      this.#list(client).then(
        () => this.#listLater(client, LIST_AGAIN_MS),
        (error: unknown) => this.#lost(client, sentence(error)),
      );
    });
  }

  /** A call failed in a way that may be the tool's or the whole server's: it is asked for a sign of life. */
  async #doubt(client: Client, error: unknown): Promise<void> {
    const late = new AbortController();
    const cancel = this.#parts.clock.after(PING_MS, () => late.abort());
    try {
      await client.ping({ signal: late.signal, timeout: NEVER_MS });
    } catch {
      this.#lost(client, sentence(error));
    } finally {
      cancel();
    }
  }

  #lost(client: Client, reason: string): void {
    if (this.#client !== client || this.#state === "stopped") return;
    const { clock, random, log, server } = this.#parts;
    if (this.#state === "ready" && clock.now() - this.#readySince >= WELL_MS) this.#rests = 0;
    const restMs = Math.round(
      Math.min(REST_MS_MAX, REST_MS_FIRST * 2 ** Math.min(this.#rests, 20)) * (0.75 + random() / 2),
    );
    this.#rests += 1;
    this.#state = "resting";
    this.#reason = reason.slice(0, REASON_CHARS_MAX);
    log.warn("mcp server lost", { server, reason: this.#reason, restMs });
    this.#cancelTimer();
    this.#drop();
    this.#cancelTimer = clock.after(restMs, () => {
      // Two of them at once would be twice the server.
      void this.#closing.then(() => (this.#state === "resting" ? this.#connect() : undefined));
    });
  }

  #drop(): void {
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    // What it has to say about its end is of no use to anybody.
    const closing = client.close().catch(() => {});
    this.#closing = Promise.all([this.#closing, closing]);
  }
}

/** The SDK's code for a connection that closed before the answer. */
const CLOSED = -32_000;

const sentence = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^MCP error -?\d+: /, "").slice(0, REASON_CHARS_MAX);
