// Scripted trouble of the open API: before the work is done, or after it, when only the answer is lost.

export type FaultHow =
  | "http500"
  /** A TCP reset. */
  | "reset"
  /** No answer until `release` (which drops the connection) or the end. */
  | "hang"
  /** The message is on its way: others with its uuid get 230049, the answer comes at `release`. */
  | "sending"
  | {
      readonly code: number;
      readonly text?: string;
      readonly httpStatus?: number;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface FaultPlan {
  /** As in `calls[].operation`, e.g. `message.reply`. */
  readonly operation?: string;
  /** A part of the path, or a pattern for it. */
  readonly path?: string | RegExp;
  /** `after`: the work is done, then the answer is lost. */
  readonly when?: "before" | "after";
  readonly how: FaultHow;
  /** 1 without it. */
  readonly times?: number;
  /** How many matching calls pass untouched first. */
  readonly skip?: number;
}

export interface Fault {
  /** How often it struck. */
  readonly hits: number;
  /** Lets go what hangs. */
  release(): void;
  /** Strikes no more. */
  remove(): void;
}

export interface StruckFault {
  readonly how: FaultHow;
  /** Resolves at `release`. */
  readonly released: Promise<void>;
}

export interface Faults {
  plan(plan: FaultPlan): Fault;
  strike(when: "before" | "after", operation: string, path: string): StruckFault | undefined;
  releaseAll(): void;
}

interface Planned {
  readonly plan: FaultPlan;
  left: number;
  skip: number;
  hits: number;
  readonly released: Promise<void>;
  readonly release: () => void;
}

export function createFaults(): Faults {
  const planned: Planned[] = [];
  const matches = (
    { plan: { operation, path, when = "before" } }: Planned,
    at: string,
    call: string,
    url: string,
  ): boolean =>
    when === at &&
    (operation === undefined || operation === call) &&
    (path === undefined || (typeof path === "string" ? url.includes(path) : path.test(url)));

  return {
    plan: (plan) => {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const one: Planned = { plan, left: plan.times ?? 1, skip: plan.skip ?? 0, hits: 0, released, release };
      planned.push(one);
      return {
        get hits() {
          return one.hits;
        },
        release: () => one.release(),
        remove: () => {
          one.left = 0;
        },
      };
    },
    strike: (when, operation, path) => {
      const one = planned.find((candidate) => candidate.left > 0 && matches(candidate, when, operation, path));
      if (!one) return undefined;
      if (one.skip > 0) {
        one.skip -= 1;
        return undefined;
      }
      one.left -= 1;
      one.hits += 1;
      return { how: one.plan.how, released: one.released };
    },
    releaseAll: () => {
      for (const one of planned) one.release();
    },
  };
}
