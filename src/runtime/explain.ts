// `/why`: what became of a message and why, whatever its state. Read from the ledger alone, so it tells the same after a crash; only
// of the conversation it is asked in and of the agents that work for it.

import type { Approval } from "../core/approval.ts";
import type { Clock } from "../core/clock.ts";
import type { MessageFate, TaskAccount, WhichMessage } from "../core/explanation.ts";
import type { Language, SessionKey } from "../core/message.ts";
import type { CallStep, Step } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import type { Task } from "../core/task.ts";
import { languageOf } from "../core/user-text.ts";
import { deliveryText, durationText, modelText, whyText } from "../core/why-text.ts";
import type { Zone } from "../lib/day-in-zone.ts";

/** In the language of the message that is explained. */
export type Explain = (session: SessionKey, argument: string | undefined, otherwise: Language) => Promise<string>;

export interface ExplainParts {
  readonly store: Pick<Store, "fateOf" | "task" | "account" | "taskSteps" | "messagesOfTask">;
  readonly clock: Clock;
  readonly zone: Pick<Zone, "show">;
}

const BACK = /^\d{1,4}$/;
const TEXT_CHARS_MAX = 80;
const NAME_CHARS_MAX = 60;
const LINES_MAX = 40;

export function createExplain({ store, clock, zone }: ExplainParts): Explain {
  return async (session, argument, otherwise) => {
    const fate = await store.fateOf(session, whichOf(argument));
    if (!fate) return whyText("none", otherwise);
    const language = languageOf(fate.message.text);
    const task = fate.message.task === "" ? undefined : await store.task(fate.message.task);
    const lines = [
      asked(fate, language),
      ...(task ? await worked(fate, task, language) : [withoutTask(fate, language)]),
      ...fate.spawned.map(({ agent, id, state }) => whyText("agent", language, agent, id, state)),
      ...fate.deliveries.map((one) =>
        deliveryText(one, one.closedAt === null ? "" : zone.show(one.closedAt), language),
      ),
      ...(task ? [whyText("ids", language, task.id, fate.message.session)] : []),
    ];
    return lines.slice(0, LINES_MAX).join("\n");
  };

  function asked({ message }: MessageFate, language: Language): string {
    const { sender, receivedAt, text } = message;
    return whyText(
      "asked",
      language,
      clean(sender.name),
      clean(sender.id),
      zone.show(receivedAt),
      clean(text, TEXT_CHARS_MAX),
    );
  }

  function withoutTask({ disposition, reason }: MessageFate, language: Language): string {
    return disposition === "refused" ? whyText("refused", language, reason ?? "") : whyText("command", language);
  }

  async function worked(fate: MessageFate, task: Task, language: Language): Promise<readonly string[]> {
    const account = await store.account(task.id);
    const steps = await store.taskSteps(task.id);
    const calls = steps.flatMap(({ body }) => (body.kind === "call" ? [body] : []));
    const together = (await store.messagesOfTask(task.id)).length - 1;
    return [
      fate.reason === "withdrawn" ? whyText("withdrawn", language) : state(fate, task, account, calls, language),
      ...(task.state === "failed" ? [sentenceOf(steps)] : []),
      ...(together > 0 ? [whyText("together", language, together)] : []),
      ...account.models.map((one) => modelText(one, language)),
      ...tools(calls, account, language),
      ...account.approvals
        .filter(isDecided)
        .map(({ tool, state, decidedBy }) => whyText("consent", language, clean(tool), state, clean(decidedBy ?? ""))),
      ...account.decisions
        .filter(({ action }) => action !== "tool" && action !== "approval")
        .map(({ actor, action, subject, decision, reason }) =>
          whyText("decided", language, clean(actor), clean(`${action} ${subject}`), decision, clean(reason)),
        ),
    ];
  }

  function state(
    fate: MessageFate,
    task: Task,
    account: TaskAccount,
    calls: readonly CallStep[],
    language: Language,
  ): string {
    const agent = task.parentSession === null && task.agent === "main" ? "main" : `@${task.agent}`;
    const times = timesOf(task, account, language);
    switch (task.state) {
      case "done":
        return whyText("answered", language, agent, times);
      case "failed":
        return whyText("failed", language, agent, times, task.reason ?? "");
      case "cancelled":
        return whyText("cancelled", language, agent, times);
      case "running": {
        const open = calls.find(({ result }) => !result);
        const doing = open ? whyText("runsTool", language, clean(open.name)) : whyText("asksModel", language);
        return whyText("running", language, agent, times, doing);
      }
      case "waiting": {
        const open = account.approvals.filter((approval) => approval.state === "open");
        return whyText("forConsent", language, open.map(({ tool, id }) => `\`${clean(tool)}\` (\`${id}\`)`).join(", "));
      }
      case "queued": {
        const ms = account.notBefore - clock.now();
        if (ms > 0) return whyText("untilRetry", language, durationText(ms, language));
        return fate.before > 0 ? whyText("behind", language, fate.before) : whyText("forSlot", language);
      }
    }
  }

  function timesOf({ createdAt, startedAt, endedAt }: Task, { claims }: TaskAccount, language: Language): string {
    const begun = startedAt ?? endedAt ?? clock.now();
    const waited = durationText(begun - createdAt, language);
    const took = durationText((endedAt ?? clock.now()) - begun, language);
    return whyText("times", language, waited, took) + (claims > 1 ? whyText("begun", language, claims) : "");
  }
}

function whichOf(argument = "1"): WhichMessage {
  return BACK.test(argument) ? { back: Math.max(0, Number(argument) - 1) } : { id: argument };
}

const isDecided = ({ state }: Approval): boolean => state !== "open";

/** What people were told last: why it failed. */
function sentenceOf(steps: readonly Step[]): string {
  const end = steps.findLast(({ body }) => body.kind === "end")?.body;
  return end?.kind === "end" ? (end.text.split("\n\n").at(-1) ?? "") : "";
}

/** Calls of the same tool that ended alike, with the rules that were applied to them. */
function tools(calls: readonly CallStep[], { decisions }: TaskAccount, language: Language): readonly string[] {
  const groups = Map.groupBy(calls, ({ name, result }) => `${result?.status ?? ""} ${name}`);
  return [...groups.values()].map((group) => {
    const [first] = group;
    const status = first?.result?.status;
    const name = first?.name ?? "";
    const ms = group.reduce((sum, { result }) => sum + (result?.durationMs ?? 0), 0);
    const rules = decisions.filter((one) => one.action === "tool" && one.subject === name && one.decision === status);
    return whyText(
      "tool",
      language,
      clean(name),
      status ?? whyText("noResult", language),
      group.length,
      group.some(({ result }) => result?.durationMs !== undefined) ? durationText(ms, language) : "",
      [...new Set(rules.map(({ reason }) => clean(reason)))].join("; "),
    );
  });
}

/** What people and models made up, as a bit of one line that ends no code and no emphasis. */
function clean(text: string, charsMax = NAME_CHARS_MAX): string {
  const line = text
    .replace(/[\s\p{C}]+/gu, " ")
    .replaceAll("`", "'")
    .replaceAll("**", "")
    .trim();
  return line.length <= charsMax ? line : `${line.slice(0, charsMax).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
