// `/mcp`: administrators look at the MCP servers and at the tools that are held back, and accept them. Accepted is only what that person
// was shown, word for word; each acceptance is on record.

import type { Clock } from "../core/clock.ts";
import type { HeldTool, McpDesk } from "../core/mcp-desk.ts";
import { heldLines, mcpText, serverLine } from "../core/mcp-text.ts";
import type { Language, SessionKey } from "../core/message.ts";
import type { Store } from "../core/store.ts";

export interface McpCommandParts {
  readonly desk: McpDesk;
  readonly isAdmin: (person: string) => boolean;
  readonly store: Pick<Store, "audit">;
  readonly clock: Pick<Clock, "now">;
}

export interface McpCommandAsked {
  readonly person: string;
  readonly session: SessionKey;
  readonly language: Language;
  readonly argument: string | undefined;
}

export type McpCommand = (asked: McpCommandAsked) => Promise<string>;

const HELD_SHOWN_MAX = 15;
const PEOPLE_MAX = 100;

export function createMcpCommand({ desk, isAdmin, store, clock }: McpCommandParts): McpCommand {
  /** By person: the hashes of what they were shown. */
  const shown = new Map<string, ReadonlySet<string>>();

  function list(person: string, language: Language): string {
    const servers = desk.status();
    if (servers.length === 0) return mcpText("none", language);
    const held = desk.held();
    const first = held.slice(0, HELD_SHOWN_MAX);
    shown.delete(person);
    shown.set(person, new Set(first.flatMap(({ offer }) => (offer ? [offer.hash] : []))));
    for (const other of [...shown.keys()].slice(0, -PEOPLE_MAX)) shown.delete(other);
    const lines = servers.map((server) => serverLine(server, language));
    if (first.length > 0)
      lines.push("", mcpText("heldBack", language), ...first.map((one) => heldLines(one, language)));
    if (held.length > first.length) lines.push(mcpText("more", language, held.length - first.length));
    if (first.some(({ offer }) => offer)) lines.push("", mcpText("howTo", language));
    return lines.join("\n");
  }

  async function accept(
    { person, session, language }: McpCommandAsked,
    server: string,
    tool?: string,
  ): Promise<string> {
    const seen = shown.get(person);
    const wanted = desk
      .held()
      .filter((one) => one.server === server && (tool === undefined || one.tool === tool))
      .filter(({ offer }) => offer && seen?.has(offer.hash));
    if (wanted.length === 0) return mcpText("lookFirst", language);
    const accepted: HeldTool[] = [];
    const failed: HeldTool[] = [];
    for (const one of wanted) ((await tryAccept(one)) ? accepted : failed).push(one);
    for (const { tool: name, offer } of accepted) {
      const subject = `${server}/${name}`;
      const record = { at: clock.now(), session, task: null, actor: person, action: "mcp", subject };
      await store.audit({ ...record, decision: "accepted", reason: offer?.hash ?? "" });
    }
    return [
      ...(accepted.length > 0 ? [mcpText("accepted", language, namesOf(accepted))] : []),
      ...(failed.length > 0 ? [mcpText("notAccepted", language, namesOf(failed))] : []),
    ].join("\n");
  }

  /** False: it changed in the meantime. */
  async function tryAccept({ server, tool, offer }: HeldTool): Promise<boolean> {
    try {
      await desk.accept(server, tool, offer?.hash ?? "");
      return true;
    } catch {
      return false;
    }
  }

  return async (asked) => {
    const { person, language, argument } = asked;
    if (!isAdmin(person)) return mcpText("notYours", language);
    if (argument === undefined) return list(person, language);
    const [word, server, tool, ...rest] = argument.split(/\s+/);
    if (word !== "accept" || server === undefined || rest.length > 0) return mcpText("usage", language);
    return accept(asked, server, tool);
  };
}

const namesOf = (held: readonly HeldTool[]): string =>
  held.map(({ tool }) => `\`${tool.replaceAll("`", "'").slice(0, 100)}\``).join(", ");
