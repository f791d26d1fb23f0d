// What is answered outside of the line, on every channel: /help /stop /tell /status /new /compact /tasks /skills /agents /mcp /approve /deny
// /remind /why. A command acts at once, also while the session is busy; doing it twice does no more than doing it once.

import type { Agent } from "../core/agent.ts";
import type { BudgetLeft } from "../core/budget.ts";
import { leftText } from "../core/budget-text.ts";
import type { Clock } from "../core/clock.ts";
import { approvalText, buttonText } from "../core/consent-text.ts";
import type { InboundMessage, Language, SessionKey } from "../core/message.ts";
import type { SkillsHere } from "../core/skill.ts";
import type { Store } from "../core/store.ts";
import type { Task } from "../core/task.ts";
import { taskLine, tellText } from "../core/task-text.ts";
import { agentText, commandText, languageOf } from "../core/user-text.ts";
import type { Approvals } from "./approvals.ts";
import type { CompactionReport } from "./compactor.ts";
import type { Explain } from "./explain.ts";
import type { McpCommand } from "./mcp-command.ts";
import type { Remind } from "./remind.ts";
import type { Steering } from "./steering.ts";

export interface Commands {
  /** How to answer, if the message is a command. */
  find(message: InboundMessage): (() => Promise<string>) | undefined;
}

export interface CommandParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly cancel: (task: string) => Promise<unknown>;
  /** For the person who asks, on this channel. */
  readonly skills: (message: InboundMessage) => SkillsHere;
  readonly agents: () => ReadonlyMap<string, Agent>;
  /** What is wrong with the files of the house; empty for whoever cannot mend them. */
  readonly troubles: (person: string) => readonly string[];
  readonly mcp: McpCommand;
  readonly steering: Pick<Steering, "working" | "tellNamed">;
  readonly decide: Approvals["decide"];
  readonly remind: Remind;
  readonly mayStop: (person: string, asker: string) => boolean;
  /** Shortens the older part of a conversation; the numbers are tokens. */
  readonly compact: (message: InboundMessage, focus: string | undefined) => Promise<CompactionReport>;
  /** The share of its room that a conversation uses, from 0. */
  readonly shareUsed: (message: InboundMessage) => Promise<number>;
  readonly explain: Explain;
  /** What is left of the budgets that this person may know of; the task is the one that runs. */
  readonly budgetsLeft: (message: InboundMessage, task: string | undefined) => Promise<readonly BudgetLeft[]>;
}

const COMMAND = /^\/([a-z]{2,20})(?:\s+(.{1,4000}))?$/s;
const APPROVAL = /^(approval_[A-Za-z0-9_-]{1,60})\s*(.{0,500})$/s;
/** `/tell researcher also look at Z` */
const TOLD = /^(\S{1,100})\s+(.+)$/s;
const TASKS_SHOWN_MAX = 10;
const SKILLS_SHOWN_MAX = 100;
const SKILL_CHARS_MAX = 200;

type Answer = (asked: Asked) => Promise<string>;

interface Asked {
  readonly session: SessionKey;
  readonly language: Language;
  readonly argument: string | undefined;
  readonly message: InboundMessage;
}

export function createCommands({
  store,
  clock,
  cancel,
  skills,
  agents,
  troubles,
  mcp,
  steering,
  decide,
  remind,
  mayStop,
  compact,
  shareUsed,
  explain,
  budgetsLeft,
}: CommandParts): Commands {
  const openTasks = (session: SessionKey): Promise<readonly Task[]> =>
    store.tasks({ session, isOpen: true, limit: TASKS_SHOWN_MAX });

  async function lines(tasks: readonly Task[], language: Language): Promise<string> {
    const progress = await Promise.all(tasks.map(({ id }) => store.progress(id)));
    return progress.flatMap((one) => (one ? [taskLine(one, clock.now(), language)] : [])).join("\n");
  }

  const answers: Readonly<Record<string, Answer>> = {
    help: async ({ language }) => commandText("help", language),

    stop: async ({ session, language, argument: id, message }) => {
      const open = await openTasks(session);
      // The one that runs; those behind it in the line are other requests.
      const chosen =
        id === undefined
          ? (open.find((task) => task.state === "running") ?? open.at(-1))
          : open.find((task) => task.id === id);
      const agents = await steering.working(session);
      const named = agents.filter((task) => task.id === id || `@${task.agent}` === id);
      const wanted = [...(chosen ? [chosen] : []), ...(id === undefined ? agents : named)];
      if (wanted.length === 0) return commandText("nothingRuns", language);
      const allowed = wanted.filter((task) => mayStop(message.sender.id, task.asker));
      if (allowed.length === 0) return buttonText("notYours", language);
      for (const task of allowed) await cancel(task.id);
      return commandText("stopping", language);
    },

    status: async ({ session, language, message }) => {
      const open = await openTasks(session);
      const running = open.filter((task) => task.state === "running");
      const percent = Math.round((await shareUsed(message)) * 100);
      const left = await budgetsLeft(message, running[0]?.id);
      const lines = troubles(message.sender.id).map((trouble) => `- ${trouble}`);
      return [
        commandText("status", language, running.length, open.length - running.length, percent),
        ...left.map((one) => leftText(one, language)),
        ...lines,
      ].join("\n");
    },

    tasks: async ({ session, language }) => {
      const open = [...(await openTasks(session)).toReversed(), ...(await steering.working(session))];
      return open.length === 0 ? commandText("nothingRuns", language) : lines(open, language);
    },

    tell: async ({ language, argument = "", message }) => {
      const [, name, words] = TOLD.exec(argument) ?? [];
      return name && words ? steering.tellNamed(message, name, words) : tellText("nobody", language);
    },

    new: async ({ session, language }) => {
      await store.startFresh(session, clock.now());
      return commandText("fresh", language);
    },

    agents: async ({ language }) => {
      const lines = [...agents().values()].map(({ name, description }) => `- \`@${name}\` ${description}`);
      return lines.length === 0 ? agentText("none", language) : lines.join("\n");
    },

    skills: async ({ language, message }) => {
      const { usable, unusable, problems } = skills(message);
      const lines = [
        ...usable.map(({ name, description }) => `- \`/${name}\` ${description.slice(0, SKILL_CHARS_MAX)}`),
        ...unusable.map(({ skill, reason }) => `- ${skill.name}: ${commandText("unusable", language, reason)}`),
        // What is wrong with a file is for those who can mend it.
        ...problems.map(({ place, message: what }) => `- ${place}: ${what}`),
      ];
      return lines.length === 0 ? commandText("noSkills", language) : lines.slice(0, SKILLS_SHOWN_MAX).join("\n");
    },

    mcp: ({ session, language, argument, message }) => mcp({ person: message.sender.id, session, language, argument }),

    compact: async ({ language, argument, message }) => {
      const { before, after } = await compact(message, argument);
      return after < before
        ? commandText("compacted", language, before, after)
        : commandText("nothingToCompact", language);
    },

    remind: ({ message, argument, language }) => remind(message, argument, language),

    approve: async (asked) => decision(asked, true),
    deny: async (asked) => decision(asked, false),

    why: async ({ session, language, argument }) => explain(session, argument, language),
  };

  async function decision({ language, argument, message }: Asked, isApproved: boolean): Promise<string> {
    const [, id, reason] = APPROVAL.exec(argument ?? "") ?? [];
    if (id === undefined) return approvalText("which", language);
    return (await decide(id, message.sender.id, isApproved, reason === "" ? undefined : reason)).text;
  }

  return {
    find: (message) => {
      const match = COMMAND.exec(message.text.trim());
      const name = match?.[1] ?? "";
      const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
      const asked = {
        session: message.session,
        language: languageOf(message.text),
        argument: match?.[2]?.trim(),
        message,
      };
      return answer && (() => answer(asked));
    },
  };
}
