// The process that is killed: the real app over the real ledger, with a model that answers by rule and a chat channel whose
// platform is the harness. It takes its own life, by SIGKILL, at the commit it was told.

import { flushCompileCache } from "node:module";
import { createApp } from "../../src/app.ts";
import { configSchema } from "../../src/config/schema.ts";
import { requestTokens } from "../../src/context/request-tokens.ts";
import type { Channel, ChannelParts, Sender } from "../../src/core/channel.ts";
import type { Clock } from "../../src/core/clock.ts";
import { silentLog } from "../../src/core/log.ts";
import type { InboundMessage } from "../../src/core/message.ts";
import type { CompletedCall, ModelEvent, ModelProvider, ModelReply } from "../../src/core/model.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { Store } from "../../src/core/store.ts";
import type { Tool } from "../../src/core/tool.ts";
import { randomIds, systemClock } from "../../src/lib/system-clock.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { nextCall } from "./next-call.ts";
import type { ChildPlan } from "./plan.ts";
import { summariser, TIGHT } from "./tight-child.ts";

/** What programs say is committed every so often: with shorter waits it is within a short life. */
const HURRY = 10;
const hurriedClock: Clock = {
  now: systemClock.now,
  after: (delayMs, call) => systemClock.after(delayMs / HURRY, call),
};

const plan = JSON.parse(process.argv[2] ?? "{}") as ChildPlan;
process.on("disconnect", () => process.exit(1));

const tell = async (path: string, body: unknown): Promise<Response> =>
  fetch(`${plan.platform}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });

/** "m7 two-tools": the tools it uses before it answers are in its name. */
function nextReply([name = "", shape = ""]: readonly string[], calls: readonly CompletedCall[]): ModelReply {
  const next = nextCall(name, shape, calls);
  if (next) return { text: "", calls: [next], stop: "calls", usage: NO_USAGE };
  const results = calls.map((call) => (call.isError ? "?" : "!")).join("");
  return { text: `answer to ${name}${results}`, calls: [], stop: "end", usage: NO_USAGE };
}

const model: ModelProvider = {
  name: "rule",
  async *stream(request): AsyncGenerator<ModelEvent> {
    const { items } = request;
    // The record of what was compacted may end with the question.
    const asked = items.findLastIndex(
      ({ role, text }) => role === "person" && (!text.startsWith("[system note]") || text.includes("\nAnn: ")),
    );
    const question = items[asked];
    const said = question?.role === "person" ? question.text : "";
    const words = said
      .slice(Math.max(0, said.lastIndexOf("\nAnn: ") + 1))
      .replace(/^Ann: /, "")
      .split(" ");
    const replies = items.slice(asked + 1).filter(({ role }) => role === "model");
    await tell("/model", { about: words[0], replied: replies.length });
    if (plan.isTight && requestTokens(request, "claude-4.7") > TIGHT.budgetTokens) await tell("/over", {});
    const reply = nextReply(
      words,
      replies.flatMap((item) => (item.role === "model" ? item.calls : [])),
    );
    if (reply.text !== "") yield { type: "text", text: reply.text };
    yield { type: "reply", reply };
  },
};

const tool = (name: string, isRepeatable: boolean): Tool => ({
  name,
  description: "Leaves a trace on the platform.",
  capabilities: [],
  isRepeatable,
  parameters: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
  run: async (args) => {
    await tell("/act", { tool: name, message: args.message });
    return "done";
  },
});

function createChat({ inbox }: ChannelParts): Channel {
  const sender: Sender = {
    send: async (delivery) => {
      const response = await tell("/post", { key: delivery.key, session: delivery.session, text: delivery.text });
      return response.ok ? { status: "sent", receipt: {} } : { status: "retry", reason: String(response.status) };
    },
    find: async (delivery) => {
      const response = await fetch(`${plan.platform}/find?key=${encodeURIComponent(delivery.key)}`);
      return response.ok ? {} : undefined;
    },
  };
  const ingest = async (request: Request): Promise<Response> => {
    const message = (await request.json()) as InboundMessage;
    const accepted = inbox.accept(message);
    if (plan.fault === "acknowledge-before-store") accepted.catch(() => {});
    else await accepted;
    return new Response("ok");
  };
  return {
    name: "slack",
    sender,
    http: { paths: ["/chat"], isSigned: true, fetch: ingest },
    start: async () => {},
    stop: async () => {},
    trouble: () => undefined,
  };
}

let commits = 0;
const ledger = await openLedger({
  folder: plan.folder,
  onCommit: (moment, labels) => {
    if (plan.killOf !== undefined && !labels.includes(plan.killOf)) return;
    if (moment === "before") commits += 1;
    if (commits === plan.killAtCommit && moment === plan.killMoment) process.kill(process.pid, "SIGKILL");
  },
});

/** The faults a proof must notice, each what a rival really does. */
function withFault(store: Store): Store {
  if (plan.fault === "send-without-outbox") {
    return {
      ...store,
      finish: async (fence, options) => {
        await tell("/post", { key: fence.task, session: fence.session, text: options.outcome.text });
        return store.finish(fence, { ...options, isPushed: false });
      },
    };
  }
  return store;
}

const facts = {
  contextTokens: 1_000_000,
  outputTokens: 1_000,
  inputUsd: 0,
  cachedInputUsd: 0,
  cacheWriteUsd: 0,
  outputUsd: 0,
};
const target = { name: "rule/rule", model: "rule", provider: model, facts };
// With the fault, a tool that must not run twice says that it may.
const tools = [tool("act", plan.fault === "repeat-every-tool"), tool("look", true)];
const config = configSchema.parse({
  channels: { slack: { grants: ["*"] } },
  roles: { member: { users: ["*"], grants: ["*"] } },
  approvals: { capabilities: [] },
  ...(plan.isTight ? { context: TIGHT } : {}),
});
const app = createApp({
  config: () => config,
  store: withFault(ledger),
  models: () => ({
    main: [target],
    ...(plan.isTight ? { cheap: [{ ...target, name: "notes/notes", provider: summariser(tell) }] } : {}),
  }),
  clock: plan.isMixed ? hurriedClock : systemClock,
  ids: randomIds,
  random: Math.random,
  log: silentLog,
  guard: { adminToken: undefined, host: "127.0.0.1" },
  port: 0,
  channels: [createChat],
  tools: () => tools,
  ...(plan.isMixed ? await (await import("./mixed-child.ts")).mixedParts(plan, hurriedClock) : {}),
});
await app.start();
const url = await app.http.listen();
// Who is killed leaves no compiled code to the next life by itself.
flushCompileCache();
process.send?.({ url });
process.on("message", (wish) => {
  if (wish !== "quiet?") return;
  void app.idle().then(async () => process.send?.({ quiet: await ledger.counts() }));
});
