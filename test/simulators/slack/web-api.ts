// One Web API call from token to answer: unknown method, auth, scopes, rates, scripted faults, the work, and a line in the record.

import type { Clock } from "../../../src/core/clock.ts";
import type { Fault, Faults } from "./faults.ts";
import type { Method, MethodContext, Methods } from "./method.ts";
import type { RateLimits } from "./rate-tiers.ts";
import type { Installation } from "./records.ts";
import { type ParsedRequest, tokenOf } from "./request-body.ts";
import { SlackError } from "./slack-error.ts";
import type { Wire } from "./wire-shapes.ts";

export interface Call {
  readonly method: string;
  /** As Slack read them, without the token; structures in forms still as text. */
  readonly arguments: Wire;
  readonly how: ParsedRequest["how"];
  readonly at: number;
  teamId: string | undefined;
  /** Undefined while it is worked on, and for ever when the answer was lost. */
  answer: Wire | undefined;
  /** The work was done, whatever became of the answer. */
  isDone: boolean;
  fault: Fault["how"] | undefined;
}

export interface WebApiParts {
  readonly clock: Clock;
  readonly methods: Methods;
  readonly disabled: ReadonlySet<string>;
  readonly appToken: string;
  readonly installations: () => readonly Installation[];
  readonly revoked: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
  readonly faults: Faults;
  readonly rates: RateLimits | undefined;
  readonly context: (installation: Installation, violated: MethodContext["violated"]) => MethodContext;
  readonly changed: () => void;
  readonly violated: (rule: string, detail: string) => void;
}

export type Reply =
  | { readonly kind: "answer"; readonly answer: Wire; readonly retryAfter?: number; readonly delayMs?: number }
  | { readonly kind: "http500" | "reset" | "hang" };

/** What every caller may send beside a method's own arguments; Bolt adds `team_id` to everything. */
const ALWAYS_TAKEN = ["token", "pretty", "team_id"];

const WITH_FALLBACK = ["chat.postMessage", "chat.postEphemeral", "chat.update"];
/** Allowed by Slack, but a model's text must not ring everybody's bell. */
const BROADCAST = /<!(channel|here|everyone)/;

const isDelay = (how: Fault["how"]): how is { readonly delayMs: number } => typeof how === "object" && "delayMs" in how;

export class WebApi {
  readonly calls: Call[] = [];
  readonly #parts: WebApiParts;

  constructor(parts: WebApiParts) {
    this.#parts = parts;
  }

  handle(name: string, request: ParsedRequest, authorization: string | undefined): Reply {
    const { token: _token, ...callArguments } = request.values;
    const call: Call = {
      method: name,
      arguments: callArguments,
      how: request.how,
      at: this.#parts.clock.now(),
      teamId: undefined,
      answer: undefined,
      isDone: false,
      fault: undefined,
    };
    this.calls.push(call);
    const reply = this.#reply(call, request, tokenOf(authorization, request.values));
    if (reply.kind === "answer") call.answer = reply.answer;
    this.#parts.changed();
    return reply;
  }

  #reply(call: Call, request: ParsedRequest, token: string | undefined): Reply {
    const before = this.#parts.faults.take(call.method, "before", call.arguments);
    if (before && !isDelay(before.how)) return this.#faulty(call, before);
    let reply: Reply;
    try {
      reply = this.#work(call, request, token);
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      reply = { kind: "answer", answer: error.answer };
    }
    call.isDone = reply.kind === "answer" && reply.answer.ok === true;
    const after = this.#parts.faults.take(call.method, "after", call.arguments) ?? before;
    if (!after) return reply;
    if (!isDelay(after.how)) return this.#faulty(call, after);
    call.fault = after.how;
    return reply.kind === "answer" ? { ...reply, delayMs: after.how.delayMs } : reply;
  }

  #faulty(call: Call, fault: Fault): Reply {
    call.fault = fault.how;
    if (typeof fault.how === "object") {
      return {
        kind: "answer",
        answer: { ok: false, error: "error" in fault.how ? fault.how.error : "internal_error" },
      };
    }
    if (fault.how !== "ratelimited") return { kind: fault.how };
    return { kind: "answer", answer: { ok: false, error: "ratelimited" }, retryAfter: fault.retryAfter ?? 1 };
  }

  #work(call: Call, request: ParsedRequest, token: string | undefined): Reply {
    const { methods, disabled, rates, context, violated } = this.#parts;
    const method = methods[call.method];
    if (!method || disabled.has(call.method)) throw new SlackError("unknown_method", [], { req_method: call.method });
    const installation = this.#authorize(method, token);
    call.teamId = installation.teamId;
    if (request.isMalformed) throw new SlackError(request.how === "json" ? "invalid_json" : "invalid_post_type");
    const channel = typeof call.arguments.channel === "string" ? call.arguments.channel : undefined;
    const teamId = installation.teamId;
    const retryAfter = rates?.retryAfter({ method: call.method, tier: method.tier, teamId, channel });
    if (retryAfter !== undefined) {
      violated("rate", `${call.method} called too soon, ${retryAfter} s early`);
      return { kind: "answer", answer: { ok: false, error: "ratelimited" }, retryAfter };
    }
    const isIgnored = request.how === "json" && !method.takesJson;
    if (isIgnored) violated("json-body", `${call.method} does not read a JSON body`);
    this.#checkManners(call, method);
    return { kind: "answer", answer: method.run(isIgnored ? {} : call.arguments, context(installation, violated)) };
  }

  #authorize(method: Method, token: string | undefined): Installation {
    const { appToken, installations, revoked, scopes, violated } = this.#parts;
    const [first] = installations();
    if (token === undefined) violated("token", "a call without a token");
    if (token === undefined || first === undefined) throw new SlackError("not_authed");
    if (token !== undefined && revoked.has(token)) throw new SlackError("token_revoked");
    const installation = installations().find(({ botToken }) => botToken === token);
    if (token !== appToken && !installation) {
      violated("token", "a call with a token that is not ours");
      throw new SlackError("invalid_auth");
    }
    if (method.isAppLevel !== (token === appToken)) throw new SlackError("not_allowed_token_type");
    const needed = method.scopes;
    if (needed.length > 0 && !needed.some((scope) => scopes.has(scope))) {
      throw new SlackError("missing_scope", [], { needed: needed.join(","), provided: [...scopes].join(",") });
    }
    return installation ?? first;
  }

  /** What Slack would let pass, and what is wrong all the same. */
  #checkManners(call: Call, method: Method): void {
    const { violated } = this.#parts;
    const known = [...method.argumentNames, ...ALWAYS_TAKEN];
    const odd = Object.keys(call.arguments).filter((name) => !known.includes(name));
    if (odd.length > 0) violated("unknown-argument", `${call.method} does not take ${odd.join(", ")}`);
    if (BROADCAST.test(JSON.stringify(call.arguments))) violated("broadcast-mention", `${call.method} calls everybody`);
    const { blocks, text } = call.arguments;
    if (WITH_FALLBACK.includes(call.method) && blocks !== undefined && !text) {
      violated("no-fallback-text", `${call.method} with blocks and no text: notifications would be empty`);
    }
  }
}
