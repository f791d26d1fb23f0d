// Consent of people to single calls: asked for, decided by a button or a command by somebody who may, used once by exactly the call
// it was given for. While it is open the task waits without holding anything; no answer in time is a no.

import { createHash } from "node:crypto";
import type { Approval, NewApproval } from "../core/approval.ts";
import { budgetSubject, type Reached } from "../core/budget.ts";
import { goOverDecidedText, goOverText } from "../core/budget-text.ts";
import type { ShownButton } from "../core/button.ts";
import type { Clock, Ids } from "../core/clock.ts";
import { approvalText } from "../core/consent-text.ts";
import { canonicalJson } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import type { Language } from "../core/message.ts";
import type { CallStep } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import type { ClaimedTask, Task } from "../core/task.ts";
import { languageOf } from "../core/user-text.ts";
import { shownArguments } from "./shown-arguments.ts";

export type Consent =
  | { readonly status: "given" | "asked" }
  /** What the model is told. */
  | { readonly status: "refused"; readonly why: string };

export interface Decided {
  readonly isDone: boolean;
  /** For the person who decided. */
  readonly text: string;
}

export interface Approvals {
  /** Whether the call may run now; asks for consent where that was not done yet. */
  consent(claimed: ClaimedTask, n: number, call: CallStep): Promise<Consent>;
  /** Whether the task waits for somebody to let it go over a budget; asks unless somebody refused. */
  consentToGoOver(claimed: ClaimedTask, reached: Reached): Promise<"asked" | "refused">;
  /** The call was certainly never begun: its consent is open, or was not used. */
  isUntouched(task: string, n: number): Promise<boolean>;
  decide(id: string, by: string, isApproved: boolean, reason?: string): Promise<Decided>;
  /** Those that nobody answered in time are refused. */
  expire(): Promise<void>;
}

export interface ApprovalParts {
  readonly store: Pick<
    Store,
    | "requestApproval"
    | "takeApproval"
    | "decideApproval"
    | "overdueApprovals"
    | "approval"
    | "approvalOf"
    | "account"
    | "task"
    | "messagesOfTask"
  >;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly expiresHours: number;
  readonly mayApprove: (person: string) => boolean;
  readonly isPushed: (channel: string) => boolean;
  /** The task may go on, and there is something to tell. */
  readonly wake: (task: Task) => void;
}

const HOUR_MS = 3_600_000;
const EXPIRED_AT_ONCE_MAX = 100;
const REASON_CHARS_MAX = 500;
const NOBODY = "nobody";

export function createApprovals(parts: ApprovalParts): Approvals {
  const { store, clock, ids, log } = parts;

  async function ask(claimed: ClaimedTask, n: number, call: CallStep): Promise<Consent> {
    const shown = shownArguments(call.arguments);
    if (shown === undefined)
      return { status: "refused", why: "these arguments are too long for a person to read; make them shorter" };
    await request(claimed, { n, tool: call.name, hash: hashOf(call) }, (asker, id, language) =>
      approvalText("asks", language, asker, call.name, shown, id),
    );
    return { status: "asked" };
  }

  async function request(
    claimed: ClaimedTask,
    what: Pick<NewApproval, "n" | "tool" | "hash">,
    textFor: (asker: string, id: string, language: Language) => string,
  ): Promise<void> {
    const [first] = claimed.messages;
    const language = languageOf(first?.text ?? "");
    const id = ids.next("approval");
    const button = (kind: "approve" | "deny"): ShownButton => ({
      id: ids.next("button"),
      kind,
      label: approvalText(kind, language),
    });
    const now = clock.now();
    await store.requestApproval(
      claimed.fence,
      {
        ...what,
        id,
        expiresAt: now + parts.expiresHours * HOUR_MS,
        text: textFor(first?.sender.name ?? claimed.task.asker, id, language),
        buttons: [button("approve"), button("deny")],
        isPushed: parts.isPushed(claimed.task.channel),
      },
      now,
    );
    log.info("consent asked for", { task: claimed.task.id, approval: id, tool: what.tool });
  }

  async function languageOfTask(task: string): Promise<Language> {
    const [first] = await store.messagesOfTask(task);
    return languageOf(first?.text ?? "");
  }

  /** One decision wins; what people see and what the task does follow from it in the same commit. */
  async function settle(
    approval: Approval,
    state: "approved" | "denied" | "expired",
    by: string,
    reason: string | null,
  ): Promise<Approval | undefined> {
    const task = await store.task(approval.task);
    const language = await languageOfTask(approval.task);
    const before = await store.decideApproval(approval.id, {
      state,
      by,
      reason,
      now: clock.now(),
      text:
        approval.n < 0
          ? goOverDecidedText(state, by, reason, language)
          : approvalText(state, language, approval.tool, by, reason ?? ""),
      isPushed: parts.isPushed(task?.channel ?? ""),
    });
    if (before?.state !== "open") return before;
    log.info("consent decided", { task: approval.task, approval: approval.id, state, by });
    if (task) parts.wake(task);
    return before;
  }

  return {
    consent: async (claimed, n, call) => {
      const approval = await store.takeApproval(claimed.fence, n, hashOf(call));
      switch (approval?.state) {
        case undefined:
          return ask(claimed, n, call);
        case "open":
          return { status: "asked" };
        case "approved":
          return { status: "given" };
        case "denied": {
          const said = approval.reason ? `, saying: ${approval.reason}` : "";
          return { status: "refused", why: `a person refused this call${said}` };
        }
        case "expired":
          return { status: "refused", why: "nobody consented to this call in time" };
        default:
          return { status: "refused", why: "the consent to this call was used already" };
      }
    },

    consentToGoOver: async (claimed, reached) => {
      const tool = budgetSubject(reached.name);
      const before = (await store.account(claimed.task.id)).approvals.filter(({ n }) => n < 0);
      const last = before.findLast((approval) => approval.tool === tool)?.state;
      if (last === "open") return "asked";
      if (last === "denied" || last === "expired") return "refused";
      // What somebody consented to is used up: they may consent to more.
      await request(claimed, { n: -1 - before.length, tool, hash: "" }, (asker, id, language) =>
        goOverText(asker, reached, id, language),
      );
      return "asked";
    },

    isUntouched: async (task, n) => {
      const state = (await store.approvalOf(task, n))?.state;
      return state !== undefined && state !== "used";
    },

    decide: async (id, by, isApproved, reason) => {
      const approval = await store.approval(id);
      if (!approval) return { isDone: false, text: approvalText("unknown", "en") };
      const language = await languageOfTask(approval.task);
      if (!parts.mayApprove(by)) {
        log.warn("consent refused to count", { approval: id, by });
        return { isDone: false, text: approvalText("notYours", language) };
      }
      const state = isApproved ? "approved" : "denied";
      const before = await settle(approval, state, by, reason?.slice(0, REASON_CHARS_MAX) ?? null);
      return before?.state === "open"
        ? { isDone: true, text: approvalText(isApproved ? "youApproved" : "youDenied", language) }
        : { isDone: false, text: approvalText("decidedBefore", language) };
    },

    expire: async () => {
      for (const approval of await store.overdueApprovals(clock.now(), EXPIRED_AT_ONCE_MAX))
        await settle(approval, "expired", NOBODY, null);
    },
  };
}

const hashOf = ({ name, arguments: args }: CallStep): string =>
  createHash("sha256")
    .update(canonicalJson([name, args]))
    .digest("hex");
