// The only reader of process.env, together with the .env file: what is set, under names the rest of the program uses.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { AppError } from "../core/errors.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const optional = z.string().trim().min(1).optional();
const url = z.url({ protocol: /^https?$/, error: "it must be an http(s) URL" }).optional();

const schema = z.object({
  HOST: z.string().trim().min(1).default("127.0.0.1"),
  PORT: z.coerce.number({ error: "it must be a port number" }).int().min(0).max(65_535).default(8787),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `it must be one of ${LOG_LEVELS.join(", ")}` }).optional(),
  SIGNALBOX_CONFIG: optional,
  SIGNALBOX_DATA: optional,
  SIGNALBOX_ADMIN_TOKEN: z.string().trim().min(16, { error: "it must have at least 16 characters" }).optional(),
  DATABASE_URL: optional,
  OPENAI_API_KEY: optional,
  OPENAI_BASE_URL: url,
  ANTHROPIC_API_KEY: optional,
  ANTHROPIC_BASE_URL: url,
  SLACK_BOT_TOKEN: optional,
  SLACK_APP_TOKEN: optional,
  SLACK_SIGNING_SECRET: optional,
  SLACK_API_URL: url,
  FEISHU_APP_ID: optional,
  FEISHU_APP_SECRET: optional,
  FEISHU_MODE: z.enum(["ws", "webhook"], { error: "it must be ws or webhook" }).default("ws"),
  FEISHU_ENCRYPT_KEY: optional,
  FEISHU_VERIFICATION_TOKEN: optional,
  FEISHU_DOMAIN: z
    .string()
    .trim()
    .regex(/^(?:feishu|lark|https?:\/\/.+)$/, { error: "it must be feishu, lark or an http(s) URL" })
    .default("feishu"),
  NO_COLOR: z.string().optional(),
});

export type Environment = z.infer<typeof schema>;

export type RawEnvironment = Readonly<Record<string, string | undefined>>;

/** What the process was given; what is set there wins over the .env file. */
export function readEnvironment(folder: string, given: RawEnvironment = process.env): Environment {
  const set = { ...readEnvFile(join(folder, ".env")), ...given };
  // An empty value is the same as none: `OPENAI_API_KEY=` in .env switches nothing on.
  const filled = Object.fromEntries(
    Object.entries(set).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const parsed = schema.safeParse(filled);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  throw new AppError("bad-config", `the environment is not usable:\n  ${lines.join("\n  ")}`);
}

function readEnvFile(file: string): RawEnvironment {
  try {
    const text = readFileSync(file, "utf8")
      // Editors on Windows begin a file with a mark that would become part of the first name.
      .replace(/^\uFEFF/, "")
      // Node takes the next line for the value where blanks follow the sign.
      .replace(/=[ \t]+(?=\r?$)/gm, "=");
    return parseEnv(text);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    const why = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new AppError("bad-config", `${file} cannot be read${why}`, { cause: error });
  }
}

/** Variables by name, for what settings and agent files hand on: those of the process, then those of the .env file. */
export function createVariables(
  folder: string,
  given: RawEnvironment = process.env,
): (name: string) => string | undefined {
  const set = { ...readEnvFile(join(folder, ".env")), ...given };
  return (name) => set[name];
}

/** Whether a variable that a skill asks for is set; its value stays where it is. */
export const hasVariable = (name: string, given: RawEnvironment = process.env): boolean =>
  (given[name] ?? "").trim() !== "";

/** Where programs are looked for. */
export const searchPath = (given: RawEnvironment = process.env): string => given.PATH ?? "";

/** Every configured secret, for the redactor. */
export const secretsOf = (environment: Environment): readonly string[] =>
  [
    environment.OPENAI_API_KEY,
    environment.ANTHROPIC_API_KEY,
    environment.SIGNALBOX_ADMIN_TOKEN,
    environment.DATABASE_URL,
    environment.SLACK_BOT_TOKEN,
    environment.SLACK_APP_TOKEN,
    environment.SLACK_SIGNING_SECRET,
    environment.FEISHU_APP_SECRET,
    environment.FEISHU_ENCRYPT_KEY,
    environment.FEISHU_VERIFICATION_TOKEN,
  ].filter((secret) => secret !== undefined);
