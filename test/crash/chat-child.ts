// The program that is killed, with a real chat channel in it: the real app over the real ledger and the platform's real SDK, a model
// that answers by rule, tools that leave a trace. It takes its own life at the commit it was told, if it was told one.

import { flushCompileCache } from "node:module";
import { createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import type { Channel, ChannelParts } from "../../src/core/channel.ts";
import type { Clock } from "../../src/core/clock.ts";
import { silentLog } from "../../src/core/log.ts";
import type { ConversationItem, ModelEvent, ModelProvider } from "../../src/core/model.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import { randomIds, systemClock } from "../../src/lib/system-clock.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import type { CommitHook } from "../../src/storage/database.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { withFault } from "./chat-faults.ts";
import type { ChatPlan } from "./chat-plan.ts";
import { answerPieces, questionIn, TOOLS_OF } from "./chat-words.ts";

/** Waits are so much shorter, so that a life is short and shows all it can show: streams begin, what is left is cleared away. */
const HURRY = 10;
const PAUSE_MS = 2_000;

/** A thousand lives make a long conversation: shortening it is proven elsewhere. */
const CONFIG = `
channels: { slack: { grants: ["*"] }, feishu: { grants: ["*"] } }
context: { budgetTokens: 900000 }
`;

const hurriedClock: Clock = {
  now: systemClock.now,
  after: (delayMs, call) => systemClock.after(delayMs / HURRY, call),
};

const pause = (): Promise<void> => new Promise((resolve) => void hurriedClock.after(PAUSE_MS, resolve));

/** What the one who starts it has told it. */
export const chatPlan = <Settings>(): ChatPlan<Settings> => JSON.parse(process.argv[2] ?? "{}") as ChatPlan<Settings>;

export async function liveOn<Settings>(
  plan: ChatPlan<Settings>,
  createChannel: (parts: ChannelParts) => Channel,
): Promise<void> {
  process.on("disconnect", () => process.exit(1));
  const target = { name: "rule/rule", model: "rule", provider: ruleModel(plan.platform), facts };
  const ledger = await openLedger({ folder: plan.folder, logTokens: createLogTokens(), onCommit: deathAt(plan) });
  const tools = [traceTool("act", false, plan.platform), traceTool("look", true, plan.platform)];
  const config = parseConfig(CONFIG, "crash.yaml");
  const app = createApp({
    config: () => config,
    store: ledger,
    models: () => ({ main: [target] }),
    clock: hurriedClock,
    ids: randomIds,
    random: Math.random,
    log: silentLog,
    guard: { adminToken: undefined, host: "127.0.0.1" },
    port: 0,
    channels: [withFault(plan.fault, createChannel)],
    tools: () => tools,
  });
  const url = await app.http.listen();
  await app.start();
  // Who is killed leaves no compiled code to the next life by itself.
  flushCompileCache();
  process.send?.({ url });
  process.on("message", (wish) => {
    if (wish === "quiet?") void app.idle().then(() => process.send?.({ quiet: true }));
  });
}

function deathAt({ killAtCommit, killMoment, killOf }: ChatPlan<unknown>): CommitHook {
  let commits = 0;
  return (moment, labels) => {
    if (killOf !== undefined && !labels.includes(killOf)) return;
    if (moment === "before") commits += 1;
    if (commits === killAtCommit && moment === killMoment) process.kill(process.pid, "SIGKILL");
  };
}

const tell = (platform: string, path: string, body: unknown): Promise<Response> =>
  fetch(`${platform}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });

/** Answers what a person asked last: first the tools, then the text, in pieces with pauses where the question wants them. */
function ruleModel(platform: string): ModelProvider {
  return {
    name: "rule",
    async *stream({ items }): AsyncGenerator<ModelEvent> {
      await tell(platform, "/model", {});
      const asked = items.findLastIndex(isQuestion);
      const question = questionIn(textOf(items[asked]));
      const results = items.slice(asked + 1).flatMap((item) => (item.role === "model" ? item.calls : []));
      const tool = question && TOOLS_OF[question.shape][results.length];
      if (tool !== undefined) {
        const calls = [{ name: tool, argumentsText: JSON.stringify({ message: question?.name }) }];
        yield { type: "reply", reply: { text: "", calls, stop: "calls", usage: NO_USAGE } };
        return;
      }
      const marks = results.map(({ isError }) => (isError ? "lost" : "good"));
      const pieces = question ? answerPieces(question, marks) : ["I do not know what this is about."];
      for (const [n, piece] of pieces.entries()) {
        if (n > 0) await pause();
        yield { type: "text", text: piece };
      }
      yield { type: "reply", reply: { text: pieces.join(""), calls: [], stop: "end", usage: NO_USAGE } };
    },
  };
}

const textOf = (item: ConversationItem | undefined): string => (item?.role === "person" ? item.text : "");

const isQuestion = (item: ConversationItem): boolean =>
  !textOf(item).startsWith("[system note]") && questionIn(textOf(item)) !== undefined;

const traceTool = (name: string, isRepeatable: boolean, platform: string): Tool => ({
  name,
  description: "Leaves a trace on the platform.",
  capabilities: [],
  isRepeatable,
  parameters: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
  run: async (args) => {
    await tell(platform, "/act", { tool: name, message: args.message });
    return "done";
  },
});

const facts = {
  contextTokens: 1_000_000,
  outputTokens: 10_000,
  inputUsd: 0,
  cachedInputUsd: 0,
  cacheWriteUsd: 0,
  outputUsd: 0,
};
