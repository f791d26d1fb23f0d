// The only way to run a tool: arguments checked, the right decided for the person who asked, one deadline, output bounded, the
// outcome audited. What goes wrong is a result the model reads, never a throw.

import { Ajv, type ValidateFunction } from "ajv";
import { closest } from "fastest-levenshtein";
import type { Decide } from "../authority/decide.ts";
import type { Clock } from "../core/clock.ts";
import { AppError } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Meter } from "../core/meter.ts";
import type { ToolDefinition } from "../core/model.ts";
import type { Bound } from "../core/skill.ts";
import type { CallResult, CallStep } from "../core/step.ts";
import type { AuditRecord } from "../core/store.ts";
import type { Tool, ToolContext, ToolOutcome } from "../core/tool.ts";
import { toolNamed } from "../core/tool-names.ts";
import { childController, endsWithin } from "../lib/abort.ts";
import { onceFor } from "../lib/once-for.ts";
import type { Consent } from "./approvals.ts";

export interface ToolExecutor {
  /** The tools as they are now; a task keeps the set it began with (P14). */
  now(): ToolSet;
}

export interface ToolSet {
  /** What is offered to the model for this person, here; the same function decides again when a call is run. */
  offered(asker: string, channel: string, bounds?: readonly Bound[]): readonly ToolDefinition[];
  find(name: string): Tool | undefined;
  /** `consent` is asked where a rule wants a person's for exactly this call; while it is open nothing has run. */
  run(
    call: CallStep,
    reference: string,
    context: ToolContext,
    consent: () => Promise<Consent>,
    log: Log,
  ): Promise<ToolRun | "asked">;
}

export interface ToolRun {
  readonly result: CallResult;
  readonly audit: AuditRecord;
}

export interface ToolExecutorParts {
  readonly tools: () => readonly Tool[];
  readonly decide: Decide;
  /** As they are now. */
  readonly limitsNow: () => Pick<Limits, "toolSeconds" | "toolResultChars">;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Takes secrets out of what is recorded. */
  readonly redact: (text: string) => string;
  /** Takes what is ours alone out of what a tool found: known secrets, folders of this machine. */
  readonly withoutOurs: (text: string) => string;
}

const GRACE_MS = 1_000;
const WHOLE_CHARS_MAX = 2_000_000;
const HEAD_SHARE = 0.6;
const ERROR_CHARS_MAX = 2_000;
const DETAIL_CHARS_MAX = 2_000;

export function createToolExecutor(parts: ToolExecutorParts): ToolExecutor {
  const ajv = new Ajv({ allErrors: true, strict: false });
  // Most tools of most tasks are never called: a schema is compiled with the first call.
  const compiled = onceFor((tool: Tool): ValidateFunction => ajv.compile(tool.parameters));

  function faultsOf(tool: Tool, args: unknown): string | undefined {
    const isValid = compiled(tool);
    return isValid(args) ? undefined : ajv.errorsText(isValid.errors, { dataVar: "arguments" });
  }

  return {
    now: () => {
      const tools = new Map(parts.tools().map((tool) => [tool.name, tool]));
      return toolSet(tools, { ...parts, faultsOf, limits: parts.limitsNow() });
    },
  };
}

interface ToolSetParts extends ToolExecutorParts {
  readonly limits: ReturnType<ToolExecutorParts["limitsNow"]>;
  /** What is wrong with a call's arguments. */
  readonly faultsOf: (tool: Tool, args: unknown) => string | undefined;
}

function toolSet(tools: ReadonlyMap<string, Tool>, parts: ToolSetParts): ToolSet {
  const { decide, faultsOf, limits, clock, meter } = parts;

  /** Whatever a model calls it, what is decided on and what is run is the one tool found here. */
  const resolve = (name: string) => tools.get(name) ?? tools.get(toolNamed(name));

  async function outcomeOf(
    call: CallStep,
    context: ToolContext,
    consent: () => Promise<Consent>,
    log: Log,
  ): Promise<(CallResult & { why: string }) | "asked"> {
    const tool = resolve(call.name);
    if (!tool) {
      const nearest = tools.size > 0 ? ` The nearest is ${closest(call.name, [...tools.keys()])}.` : "";
      return failed("error", `There is no tool ${call.name}.${nearest}`, "unknown tool");
    }
    if (call.malformed !== undefined) return failed("error", call.malformed, "malformed arguments");
    const { asker, channel, bounds } = context;
    const decision = decide({ asker, channel, tool, bounds, args: call.arguments });
    if (!decision.isAllowed) return failed("denied", `Not allowed: ${decision.reason}.`, decision.reason);
    const faults = faultsOf(tool, call.arguments);
    if (faults !== undefined) return failed("error", `The arguments do not fit: ${faults}.`, "invalid arguments");
    if (decision.needsApproval) {
      const answer = await consent();
      if (answer.status === "asked") return "asked";
      if (answer.status === "refused") return failed("denied", `Not allowed: ${answer.why}.`, answer.why);
    }
    return { ...(await runTool(tool, call, context, log)), why: decision.reason };
  }

  async function runTool(tool: Tool, call: CallStep, context: ToolContext, log: Log): Promise<CallResult> {
    const seconds = Math.min(tool.timeoutSeconds ?? limits.toolSeconds, limits.toolSeconds);
    const { controller, release } = childController(context.signal);
    const timeout = new AppError("internal", `It did not finish within ${seconds} seconds.`);
    const cancelTimer = clock.after(seconds * 1_000, () => controller.abort(timeout));
    try {
      // Wrapped, so that a tool that throws before its first await is a failed call as well.
      const work = (async () => tool.run(call.arguments, { ...context, signal: controller.signal }))();
      const outcome = await endsWithin(work, {
        timers: clock,
        signal: controller.signal,
        graceMs: GRACE_MS,
        onAbandoned: () => log.warn("tool abandoned", { tool: tool.name, call: call.id }),
      });
      const { text, ...more } = outcomeFrom(outcome);
      return { status: "ok", ...more, text: parts.withoutOurs(text) };
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      log.info("tool failed", { tool: tool.name, call: call.id, error });
      const message = error instanceof Error ? error.message : String(error);
      return { status: "error", text: `The tool failed: ${parts.withoutOurs(message.slice(0, ERROR_CHARS_MAX))}` };
    } finally {
      cancelTimer();
      release();
    }
  }

  return {
    offered: (asker, channel, bounds = []) =>
      [...tools.values()].filter((tool) => decide({ asker, channel, tool, bounds }).isAllowed).map(definitionOf),

    find: resolve,

    run: async (call, reference, context, consent, log) => {
      const startedAt = clock.now();
      const ended = await outcomeOf(call, context, consent, log);
      if (ended === "asked") return ended;
      const { why, ...outcome } = ended;
      const result = { ...outcome, durationMs: clock.now() - startedAt };
      // A name that a model made up is nobody's: as a label it would be a new series each time.
      meter.toolCalled(resolve(call.name)?.name ?? "unknown", result.status, result.durationMs);
      return {
        result: bounded(result, reference, limits.toolResultChars),
        audit: {
          at: clock.now(),
          session: context.session,
          task: context.task,
          actor: context.asker,
          action: "tool",
          subject: call.name.slice(0, 100),
          decision: result.status,
          reason: why,
          details: parts.redact(JSON.stringify(call.arguments).slice(0, DETAIL_CHARS_MAX)),
        },
      };
    },
  };
}

/** One and the same each time, so that what is made of it need not be made again for every request. */
const definitionOf = onceFor(
  ({ name, description, parameters }: Tool): ToolDefinition => ({ name, description, parameters }),
);

/** A tool of somebody else's making may give back anything. */
function outcomeFrom(outcome: unknown): ToolOutcome {
  if (typeof outcome === "string") return { text: outcome };
  const isOutcome = typeof outcome === "object" && outcome !== null && "text" in outcome;
  if (!isOutcome || typeof outcome.text !== "string") return { text: JSON.stringify(outcome) ?? "" };
  return outcome as ToolOutcome;
}

const failed = (status: "error" | "denied", text: string, why: string): CallResult & { why: string } => ({
  status,
  text,
  why,
});

/** Head and tail of a long text, and how to read the rest. */
function bounded(result: CallResult, reference: string, charsMax: number): CallResult {
  if (result.text.length <= charsMax) return result;
  const whole = result.text.slice(0, WHOLE_CHARS_MAX);
  const head = whole.slice(0, Math.floor(charsMax * HEAD_SHARE));
  const tail = result.text.slice(-Math.floor(charsMax * (1 - HEAD_SHARE)));
  const left = result.text.length - head.length - tail.length;
  const text = `${head}\n[... ${left} characters left out; recall {"reference":"${reference}","offset":${head.length}} reads on ...]\n${tail}`;
  return { ...result, text, whole };
}
