// What a task is given before the model is asked again: messages that joined it, files that came with them, the skill that the
// person asked for. Each is one committed step, so that it is taken in once, whatever crashes.

import { skillText } from "../context/skill-prompt.ts";
import type { Clock } from "../core/clock.ts";
import type { StoredMessage, WhileBusy } from "../core/message.ts";
import type { SkillsHere } from "../core/skill.ts";
import type { NoteStep, Step } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import type { Attachments } from "./attachments.ts";
import type { TaskRun } from "./task-runner.ts";

export interface TaskIntake {
  /** True when something was taken in: the task's steps are to be read again. */
  takesIn(run: TaskRun, mine: readonly Step[], skills: SkillsHere): Promise<boolean>;
}

export interface TaskIntakeParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly attachments: Attachments;
  readonly whileBusy: WhileBusy;
}

/** `/weekly-report for the last sprint` */
const SKILL_COMMAND = /^\/([a-z0-9]+(?:-[a-z0-9]+)*)(?=\s|$)/;

export function createTaskIntake(parts: TaskIntakeParts): TaskIntake {
  const { store, clock, attachments } = parts;

  /** What comes meanwhile is for the task: always for a spawned one, whose session nobody else talks in. */
  const takesMore = ({ claimed }: TaskRun): boolean =>
    parts.whileBusy === "steer" || claimed.task.parentSession !== null;

  /** Messages of the same person that came meanwhile join before the next model call. */
  async function isSteered(run: TaskRun): Promise<boolean> {
    const { claimed } = run;
    if (!takesMore(run)) return false;
    return (await store.takeSteering(claimed.fence, clock.now())).length > 0;
  }

  async function isGivenFiles(run: TaskRun, mine: readonly Step[]): Promise<boolean> {
    const { claimed, signal, log } = run;
    const messages = takesMore(run) ? await store.messagesOfTask(claimed.task.id) : claimed.messages;
    const said = await attachments.next(messages, mine, signal, log);
    if (said) await store.appendSaid(claimed.fence, said, clock.now());
    return said !== undefined;
  }

  /** Once, before the first reply. */
  async function isGivenSkill({ claimed }: TaskRun, mine: readonly Step[], skills: SkillsHere): Promise<boolean> {
    if (mine.some(({ body }) => body.kind === "reply" || body.kind === "note")) return false;
    const note = skillNote(claimed.messages[0], skills);
    if (note) await store.appendNote(claimed.fence, note, clock.now());
    return note !== undefined;
  }

  return {
    takesIn: async (run, mine, skills) =>
      (await isSteered(run)) || (await isGivenFiles(run, mine)) || isGivenSkill(run, mine, skills),
  };
}

function skillNote(message: StoredMessage | undefined, { usable, unusable }: SkillsHere): NoteStep | undefined {
  const name = SKILL_COMMAND.exec(message?.text ?? "")?.[1];
  if (name === undefined) return undefined;
  const refused = unusable.find(({ skill }) => skill.name === name);
  if (refused) return { kind: "note", text: `The skill ${name} cannot be used here: ${refused.reason}. Say so.` };
  const skill = usable.find((one) => one.name === name);
  if (!skill) return undefined;
  const { capabilities } = skill.requires;
  return {
    kind: "note",
    text: `The person started the skill ${name}. Follow it for this request:\n${skillText(skill)}`,
    skill: { name, ...(capabilities ? { capabilities } : {}) },
  };
}
