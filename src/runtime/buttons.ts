// Buttons people press: whether this person may, whether it was pressed before, and then what it does. A press is answered with a
// sentence for the one who pressed; what everybody sees follows from what it does.

import type { Button, Pressed } from "../core/button.ts";
import type { Buttons } from "../core/channel.ts";
import type { Clock, Ids } from "../core/clock.ts";
import { buttonText } from "../core/consent-text.ts";
import { AppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Language } from "../core/message.ts";
import type { CancelResult, Store } from "../core/store.ts";
import type { Task } from "../core/task.ts";
import { languageOf } from "../core/user-text.ts";
import type { Approvals } from "./approvals.ts";

export interface ButtonParts {
  readonly store: Pick<Store, "addButton" | "button" | "takeButton" | "task" | "messagesOfTask" | "audit">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly mayStop: (person: string, asker: string) => boolean;
  readonly cancel: (task: string) => Promise<CancelResult>;
  /** Decides an approval, which knows by itself who may and what was decided before. */
  readonly decide: Approvals["decide"];
}

const LIFE_MS = 24 * 60 * 60 * 1_000;

export function createButtons({ store, clock, ids, log, mayStop, cancel, decide }: ButtonParts): Buttons {
  async function languageOfTask(task: string): Promise<Language> {
    const [first] = await store.messagesOfTask(task);
    return languageOf(first?.text ?? "");
  }

  /** Who may not is told so and takes nothing: the button stays for those who may. */
  async function refused(button: Button, task: Task, by: string): Promise<void> {
    await store.audit({
      at: clock.now(),
      session: button.session,
      task: task.id,
      actor: by,
      action: "press",
      subject: button.kind,
      decision: "denied",
      reason: `the task is ${task.asker}'s`,
    });
    log.warn("press refused", { session: button.session, task: task.id, by });
  }

  return {
    make: async (kind, taskId) => {
      const task = await store.task(taskId);
      if (!task) throw new AppError("not-found", `there is no task ${taskId}`);
      const now = clock.now();
      const id = ids.next("button");
      await store.addButton({ id, kind, session: task.session, task: taskId, expiresAt: now + LIFE_MS }, now);
      return id;
    },

    press: async ({ id, by }): Promise<Pressed> => {
      const button = await store.button(id);
      const task = button && (await store.task(button.task));
      if (!button || !task) return { isDone: false, text: buttonText("unknown", "en") };
      if (button.kind !== "stop") return decide(button.subject ?? "", by.id, button.kind === "approve");
      const language = await languageOfTask(task.id);
      if (!mayStop(by.id, task.asker)) {
        await refused(button, task, by.id);
        return { isDone: false, text: buttonText("notYours", language) };
      }
      const { status } = await store.takeButton(id, by.id, clock.now());
      if (status === "expired" || status === "unknown") return { isDone: false, text: buttonText("expired", language) };
      if (status === "used") return { isDone: false, text: buttonText("used", language) };
      const result = await cancel(task.id);
      log.info("pressed", { session: button.session, task: task.id, by: by.id, result });
      const isStopped = result === "asked" || result === "cancelled";
      return { isDone: isStopped, text: buttonText(isStopped ? "stopping" : "over", language) };
    },
  };
}
