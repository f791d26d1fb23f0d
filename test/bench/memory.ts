// Memory and disk of a server that knows many sessions, each with one answered message; and of one with many event streams open.
// Two processes: one is left as it is; the other is made to collect its garbage, which changes how it looks from then on.

import { FakeModelServer } from "./fake-model-server.ts";
import type { MemoryReport } from "./protocol.ts";
import type { Aim, Part } from "./report.ts";
import { ServerProcess } from "./server-process.ts";
import { post, SessionClient } from "./session-client.ts";
import { shown } from "./statistics.ts";

export interface MemoryOptions {
  readonly fewSessions: number;
  readonly manySessions: number;
  readonly say: (line: string) => void;
}

interface Look extends MemoryReport {
  readonly name: string;
  readonly sessions: number;
  readonly ledgerBytes: number;
}

/** Done together, then awaited: what is measured is sessions and not a long line of waiting messages. */
const TOGETHER = 100;
const WARM_SESSIONS = 200;
const RSS_MB_AIM = 200;
const SESSION_KB_AIM = 50;
const MB = 1024 ** 2;
const KB = 1024;

/** A server process and the sessions it knows. */
class Crowd implements AsyncDisposable {
  readonly looks: Look[] = [];
  readonly #server: ServerProcess;
  readonly #streams: SessionClient[] = [];
  #sessions = 0;

  private constructor(server: ServerProcess) {
    this.#server = server;
  }

  static async start(modelUrl: string): Promise<Crowd> {
    return new Crowd(await ServerProcess.start({ model: "over-http", modelUrl, isCollectable: true }));
  }

  async answerUpTo(sessions: number): Promise<void> {
    while (this.#sessions < sessions) {
      const from = this.#sessions;
      this.#sessions = Math.min(from + TOGETHER, sessions);
      const numbers = Array.from({ length: this.#sessions - from }, (_, n) => from + n);
      await Promise.all(numbers.map((n) => post(this.#server.url, `bench-${n}`, n)));
      await this.#server.idle();
    }
  }

  async openStreams(): Promise<void> {
    while (this.#streams.length < this.#sessions) {
      const from = this.#streams.length;
      const numbers = Array.from({ length: Math.min(TOGETHER, this.#sessions - from) }, (_, n) => from + n);
      const opening = numbers.map((n) => new SessionClient(this.#server.url, `bench-${n}`).open());
      this.#streams.push(...(await Promise.all(opening)));
    }
  }

  closeStreams(): void {
    for (const stream of this.#streams.splice(0)) stream.close();
  }

  async look(name: string, kind: "memory" | "held" = "memory"): Promise<Look> {
    const memory = await this.#server.memory(kind);
    const look = { name, sessions: this.#sessions, ...memory, ledgerBytes: this.#server.ledgerBytes() };
    this.looks.push(look);
    return look;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeStreams();
    await this.#server[Symbol.asyncDispose]();
  }
}

export async function measureMemory({ fewSessions, manySessions, say }: MemoryOptions): Promise<Part> {
  await using model = await FakeModelServer.open();
  say(`memory: ${fewSessions} sessions, collected`);
  await using collected = await Crowd.start(model.baseUrl);
  await collected.answerUpTo(fewSessions);
  const few = await collected.look("collected", "held");
  await collected.openStreams();
  const streams = await collected.look("collected, an event stream open on each", "held");
  collected.closeStreams();

  await using crowd = await Crowd.start(model.baseUrl);
  await crowd.look("idle, just started");
  await crowd.answerUpTo(WARM_SESSIONS);
  await crowd.look("warm: SDK loaded, code compiled");
  say(`memory: ${fewSessions} sessions`);
  await crowd.answerUpTo(fewSessions);
  const known = await crowd.look("known");
  await crowd.openStreams();
  const open = await crowd.look("known, an event stream open on each");
  crowd.closeStreams();
  say(`memory: ${manySessions} sessions`);
  await crowd.answerUpTo(manySessions);
  await crowd.look("known");
  const many = await crowd.look("collected", "held");

  const perSession = (bytes: (look: Look) => number): number =>
    (bytes(many) - bytes(few)) / (many.sessions - few.sessions) / KB;
  const rssKb = perSession((look) => look.rssBytes);
  const heapKb = perSession((look) => look.heapBytes);
  const diskKb = perSession((look) => look.ledgerBytes);
  const streamKb = (streams.rssBytes - few.rssBytes) / fewSessions / KB;
  const looks = [...crowd.looks, ...collected.looks];
  return {
    name: "memory",
    title: "memory: every session has had one answered message",
    columns: ["", "sessions", "RSS MB", "heap MB", "ledger MB"],
    rows: looks.map((one) => [
      one.name,
      String(one.sessions),
      ...[one.rssBytes, one.heapBytes, one.ledgerBytes].map((bytes) => shown(bytes / MB)),
    ]),
    notes: [
      "collected: after a collection that gives V8's free pages back, which it does by itself only when memory is short",
      `a session more holds ${shown(rssKb)} kB of RSS, ${shown(heapKb)} kB of heap, ${shown(diskKb)} kB of disk (between the collected rows); an open event stream ${shown(streamKb)} kB of RSS`,
      "heap: used heap and what hangs outside of it; ledger: all files of the data folder, with the write-ahead log",
    ],
    aims: [
      megabytesAim(`RSS with ${fewSessions} sessions known`, known),
      megabytesAim(`RSS with ${fewSessions} sessions open (streams)`, open),
      kilobytesAim("RSS a session", rssKb),
      kilobytesAim("ledger a session", diskKb),
    ],
    figures: { looks, perSessionKb: { rss: rssKb, heap: heapKb, disk: diskKb }, openStreamKb: streamKb },
  };
}

const megabytesAim = (what: string, { rssBytes }: Look): Aim => ({
  what,
  wanted: "< 200 MB",
  measured: `${shown(rssBytes / MB)} MB`,
  isMet: rssBytes / MB < RSS_MB_AIM,
});

const kilobytesAim = (what: string, kilobytes: number): Aim => ({
  what,
  wanted: "< 50 kB",
  measured: `${shown(kilobytes)} kB`,
  isMet: kilobytes < SESSION_KB_AIM,
});
