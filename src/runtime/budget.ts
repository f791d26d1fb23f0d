// The budgets of one process: what was spent is summed up from the ledger once and counted on from there, what is reserved is held
// here alone. So a process that dies leaves no reservation behind, and what it had spent is what its usage says.

import {
  type Allowance,
  type Allowances,
  type Amount,
  type Budget,
  type BudgetName,
  budgetSubject,
  type CallCost,
  OverBudget,
  type Payer,
  RAISE_SHARE,
} from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { Spender } from "../core/explanation.ts";
import { chatOf } from "../core/message.ts";
import type { Store } from "../core/store.ts";
import type { Zone } from "../lib/day-in-zone.ts";

export interface BudgetParts {
  readonly store: Pick<Store, "spent" | "task" | "account">;
  readonly clock: Clock;
  /** As they are now. */
  readonly allowances: () => Allowances;
  readonly zone: Zone;
}

/** What one budget of one payer has spent and reserved. */
interface Account {
  readonly name: BudgetName;
  spent: Amount;
  reserved: Amount;
  /** Calls under way. */
  calls: number;
  /** Those, and who waits to make one: it must not be forgotten meanwhile. */
  users: number;
  /** When it begins anew. */
  until: number;
  /** What was spent before is added. */
  readonly opened: Promise<void>;
}

/** Beyond this one that nobody uses is forgotten: the ledger knows it. */
const ACCOUNTS_MAX = 10_000;
const NAMES: readonly BudgetName[] = ["task", "person", "chat", "everybody"];
const NOTHING: Amount = { usd: 0, tokens: 0 };

export function createBudget({ store, clock, allowances, zone }: BudgetParts): Budget {
  const accounts = new Map<string, Account>();
  const waiting = new Set<() => void>();
  let counted = "";

  const isSet = (name: BudgetName): boolean =>
    allowances()[name].usd !== undefined || allowances()[name].tokens !== undefined;

  async function askerOf({ task }: Payer): Promise<string | undefined> {
    return isSet("person") && task !== undefined ? (await store.task(task))?.asker : undefined;
  }

  function accountsOf({ session, task, isNew }: Payer, person: string | undefined): readonly Account[] {
    followEdits();
    const chat = chatOf(session);
    return [
      ...(isSet("task") && task !== undefined ? [account("task", task, { task }, isNew)] : []),
      ...(isSet("person") && person !== undefined ? [account("person", person, { person })] : []),
      ...(isSet("chat") ? [account("chat", chat, { chat })] : []),
      ...(isSet("everybody") ? [account("everybody", "", { everybody: true })] : []),
    ];
  }

  /** A budget that was off for a while was not counted: it is summed up anew. */
  function followEdits(): void {
    const now = NAMES.filter(isSet).join();
    if (now !== counted) accounts.clear();
    counted = now;
  }

  function account(name: BudgetName, id: string, spender: Spender, isNew = false): Account {
    const key = `${name}:${id}`;
    const known = accounts.get(key);
    if (known) return known;
    const day = name === "task" ? { start: 0, end: Number.POSITIVE_INFINITY } : zone.dayOf(clock.now());
    const opening = isNew ? Promise.resolve(NOTHING) : store.spent(spender, day.start);
    const made: Account = {
      name,
      spent: NOTHING,
      reserved: NOTHING,
      calls: 0,
      users: 0,
      until: day.end,
      opened: opening.then((before) => {
        made.spent = plus(made.spent, before);
      }),
    };
    accounts.set(key, made);
    made.opened.catch(() => accounts.delete(key));
    forgetIdle();
    return made;
  }

  function forgetIdle(): void {
    for (const [key, { users }] of accounts) {
      if (accounts.size <= ACCOUNTS_MAX) return;
      if (users === 0) accounts.delete(key);
    }
  }

  /** A day is over: what is still under way counts for the next. */
  function turn(one: Account): void {
    if (clock.now() < one.until) return;
    one.spent = NOTHING;
    one.until = zone.dayOf(clock.now()).end;
  }

  /** Consent lets one task spend a share of the limit more, whatever others spend meanwhile. */
  async function isRaised({ task }: Payer, { name }: Account, call: CallCost): Promise<boolean> {
    if (task === undefined) return false;
    const { approvals } = await store.account(task);
    const given = approvals.findLast(({ tool, state }) => tool === budgetSubject(name) && state === "approved");
    if (!given) return false;
    const since = await store.spent({ task }, given.decidedAt ?? 0);
    const { usd, tokens } = allowances()[name];
    return since.tokens === 0 || !shortOf({ usd: share(usd), tokens: share(tokens) }, plus(since, neededFor(call)));
  }

  function overBudget({ name, spent, until }: Account, call: CallCost): OverBudget {
    const allowance = allowances()[name];
    const unit = shortOf(allowance, plus(spent, neededFor(call))) ?? "usd";
    const freeAt = Number.isFinite(until) ? zone.show(until) : null;
    return new OverBudget({ name, unit, limit: allowance[unit] ?? 0, freeAt });
  }

  function settlement(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        waiting.delete(end);
        signal.removeEventListener("abort", end);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      waiting.add(end);
      signal.addEventListener("abort", end, { once: true });
    });
  }

  /** Waits until the call fits. Nothing is awaited between the look that lets it through and its reservation. */
  async function admit(open: readonly Account[], payer: Payer, call: CallCost, signal: AbortSignal): Promise<void> {
    await Promise.all(open.map(({ opened }) => opened));
    const raised = new Set<Account>();
    const isShort = (one: Account, used: Amount): boolean =>
      !raised.has(one) && shortOf(allowances()[one.name], plus(used, neededFor(call))) !== undefined;
    for (;;) {
      signal.throwIfAborted();
      open.forEach(turn);
      const short = open.find((one) => isShort(one, one.spent));
      if (short && !(await isRaised(payer, short, call))) throw overBudget(short, call);
      if (short) raised.add(short);
      else if (open.some((one) => isShort(one, plus(one.spent, one.reserved)))) await settlement(signal);
      else break;
    }
    for (const one of open) {
      one.reserved = plus(one.reserved, wholeOf(call));
      one.calls += 1;
    }
  }

  function release(open: readonly Account[], call: CallCost, taken: Amount): void {
    for (const one of open) {
      turn(one);
      one.spent = plus(one.spent, taken);
      one.users -= 1;
      one.calls -= 1;
      // Sums of fractions leave dust, which nobody would ever settle.
      one.reserved = one.calls === 0 ? NOTHING : minus(one.reserved, wholeOf(call));
    }
    for (const end of [...waiting]) end();
  }

  return {
    reserve: async (payer, call, signal) => {
      const open = accountsOf(payer, await askerOf(payer));
      for (const one of open) one.users += 1;
      try {
        await admit(open, payer, call, signal);
      } catch (error) {
        for (const one of open) one.users -= 1;
        throw error;
      }
      let isOver = false;
      return {
        settle: (taken) => {
          if (!isOver) release(open, call, taken);
          isOver = true;
        },
      };
    },

    left: async (payer) => {
      const open = accountsOf(payer, payer.person);
      await Promise.all(open.map(({ opened }) => opened));
      open.forEach(turn);
      return open.map(({ name, spent }) => {
        const allowance = allowances()[name];
        const left = {
          usd: Math.max(0, (allowance.usd ?? 0) - spent.usd),
          tokens: Math.max(0, (allowance.tokens ?? 0) - spent.tokens),
        };
        return { name, allowance, left };
      });
    },
  };
}

const plus = (a: Amount, b: Amount): Amount => ({ usd: a.usd + b.usd, tokens: a.tokens + b.tokens });
const minus = (a: Amount, b: Amount): Amount => ({ usd: a.usd - b.usd, tokens: a.tokens - b.tokens });
const wholeOf = ({ input, output }: CallCost): Amount => plus(input, output);
/** What must fit. */
const neededFor = (call: CallCost): Amount => (call.isSparing ? wholeOf(call) : call.input);
const share = (limit: number | undefined): number | undefined =>
  limit === undefined ? undefined : limit * RAISE_SHARE;

/** The unit that does not suffice. */
function shortOf({ usd, tokens }: Allowance, needed: Amount): keyof Amount | undefined {
  if (usd !== undefined && needed.usd > usd) return "usd";
  return tokens !== undefined && needed.tokens > tokens ? "tokens" : undefined;
}
