// The configuration's shape and defaults. The shipped config/signalbox.yaml shows the same defaults; a test holds the two together.

import { z } from "zod";
import { isGrant } from "../core/capability.ts";
import { isTimeZone } from "../lib/time-zone.ts";
import { hostRules, networks } from "./host-rules-schema.ts";
import { mcpSchema } from "./mcp-schema.ts";

const grant = z
  .string()
  .refine(isGrant, { error: (issue) => `"${String(issue.input)}" is no capability, family (fs.*) or *` });
const grants = z.array(grant).max(64);
const target = z.string().regex(/^[a-z0-9_-]+\/[^\s]{1,200}$/i, { error: "write provider/model, e.g. openai/gpt-5.4" });
const PROVIDERS = ["anthropic", "openai", "demo"];
const ofKnownProvider = target.refine((name) => PROVIDERS.includes(name.split("/")[0] ?? ""), {
  error: ({ input }) => `${String(input)} names no provider we have; known are ${PROVIDERS.join(", ")}`,
});
const roleName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,40}$/, { error: "a role's name is small letters, digits, - and _" });
const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const usd = z.number().min(0).max(100_000);

const tokens = whole(1_000, 1_000_000_000_000);
const aDay = z.strictObject({ usdPerDay: usd.optional(), tokensPerDay: tokens.optional() });

const facts = z.strictObject({
  contextTokens: whole(1_000, 100_000_000),
  outputTokens: whole(16, 10_000_000),
  inputUsd: usd,
  cachedInputUsd: usd.optional(),
  cacheWriteUsd: usd.optional(),
  outputUsd: usd,
});

const chatGrants = ["chat.file", "net.fetch", "memory.read", "memory.write", "agent.spawn", "schedule"];
const scope = z.enum(["chat", "thread", "user"]);
const platform = z.strictObject({
  grants: grants.default(chatGrants),
  mentionRequired: z.boolean().default(true),
  reactions: z.record(z.string().regex(/^[A-Za-z0-9_+'-]{1,80}$/), z.string().trim().min(1).max(2_000)).default({}),
});
const local = z.strictObject({ grants: grants.default(["*"]) });

export const configSchema = z.strictObject({
  paths: z
    .strictObject({
      data: z.string().min(1).default("./data"),
      skills: z.string().min(1).default("./skills"),
      tools: z.string().min(1).default("./tools"),
      agents: z.string().min(1).default("./config/agents"),
    })
    .prefault({}),
  models: z
    .strictObject({
      roles: z
        .record(roleName, z.array(ofKnownProvider).min(1).max(10))
        .default({})
        .transform((roles) => ({ ...defaultRoles, ...roles })),
      catalog: z.record(target, facts).default({}),
    })
    .prefault({}),
  timeZone: z
    .string()
    .refine(isTimeZone, { error: "it is no time zone; write e.g. Europe/Berlin" })
    .default(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
  sessions: z
    .strictObject({
      dm: scope.default("chat"),
      group: scope.default("thread"),
      idleHours: z.number().min(0).max(87_600).default(72),
    })
    .prefault({}),
  queue: z
    .strictObject({
      running: whole(1, 10_000).default(16),
      waitingPerSession: whole(1, 10_000).default(50),
      whileBusy: z.enum(["queue", "steer", "collect"]).default("queue"),
    })
    .prefault({}),
  limits: z
    .strictObject({
      taskSeconds: whole(1, 86_400).default(900),
      toolSeconds: whole(1, 3_600).default(60),
      firstTokenSeconds: z.number().min(0.1).max(3_600).default(60),
      idleTokenSeconds: z.number().min(0.1).max(3_600).default(30),
      modelCallsPerTask: whole(1, 1_000).default(50),
      toolResultChars: whole(500, 1_000_000).default(20_000),
      taskUsd: z.number().min(0.001).max(10_000).default(5),
      replyChars: whole(1_000, 5_000_000).default(400_000),
      drainSeconds: whole(0, 600).default(10),
    })
    .prefault({}),
  budgets: z
    .strictObject({
      task: z.strictObject({ usd: usd.optional(), tokens: tokens.optional() }).prefault({}),
      person: aDay.prefault({}),
      chat: aDay.prefault({}),
      everybody: aDay.prefault({}),
      atLimit: z.enum(["stop", "ask", "cheaper"]).default("stop"),
    })
    .prefault({}),
  context: z
    .strictObject({
      budgetTokens: whole(2_000, 10_000_000).default(120_000),
      compressAt: z.number().min(0.1).max(1).default(0.8),
      keepRecentTokens: whole(500, 1_000_000).default(20_000),
      summaryTokens: whole(100, 100_000).default(2_000),
    })
    .prefault({}),
  channels: z
    .strictObject({
      slack: platform.prefault({}),
      feishu: platform.prefault({}),
      web: local.prefault({}),
      terminal: local.prefault({}),
    })
    .prefault({}),
  roles: z.record(roleName, z.strictObject({ users: z.array(z.string().min(1)).max(10_000), grants })).default({
    admin: { users: ["web:local", "terminal:local"], grants: ["*"] },
    member: { users: ["*"], grants: chatGrants },
  }),
  sandbox: z.enum(["process", "container", "vm", "none"]).default("process"),
  network: z.strictObject({ hosts: hostRules }).prefault({}),
  fetch: z
    .strictObject({
      allowCidrs: networks.max(50).default([]),
      ports: z.array(whole(1, 65_535)).min(1).max(20).default([80, 443]),
    })
    .prefault({}),
  browse: z
    .strictObject({
      engine: z.enum(["auto", "http", "chromium"]).default("auto"),
      tasks: whole(1, 50).default(4),
    })
    .prefault({}),
  mcp: mcpSchema,
  approvals: z
    .strictObject({
      capabilities: grants.default(["shell.exec", "fs.write"]),
      approvers: z.array(z.string()).max(100).default(["admin"]),
      expiresHours: whole(1, 720).default(24),
    })
    .prefault({}),
});

export const defaultRoles = {
  main: ["anthropic/claude-sonnet-5-5", "openai/gpt-5.6-terra"],
  cheap: ["anthropic/claude-haiku-5-5", "openai/gpt-5.6-luna"],
};

export type Config = z.infer<typeof configSchema>;
