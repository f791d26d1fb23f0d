// What `signalbox doctor` says: what is configured, what is missing and how to get it, what is broken. The looks at the machine
// are handed in; this file only judges.

import type { Environment } from "./environment.ts";
import type { LoadedConfig } from "./load-config.ts";

export interface Finding {
  readonly level: "ok" | "off" | "broken";
  readonly what: string;
  readonly mend?: string;
}

export interface DoctorParts extends LoadedConfig {
  readonly environment: Environment;
  readonly nodeVersion: string;
  /** Names of each role's targets that have credentials; `demo/demo` alone when none has. */
  readonly models: Readonly<Record<string, readonly string[]>>;
  /** Each throws with what is wrong, and returns what is right. */
  readonly checks: readonly { readonly name: string; readonly look: () => Promise<string> }[];
  /** What may be off: without a look it is, `off` says why and `mend` how to switch it on. */
  readonly options: readonly {
    readonly name: string;
    readonly look: (() => Promise<string>) | undefined;
    readonly off: string;
    readonly mend: string;
  }[];
}

const NODE_MAJOR_MIN = 24;

export async function diagnose(parts: DoctorParts): Promise<readonly Finding[]> {
  const findings: Finding[] = [nodeFinding(parts.nodeVersion), configFinding(parts), ...modelFindings(parts)];
  for (const { name, look } of parts.checks) findings.push(await checked(name, look));
  findings.push(...httpFindings(parts.environment));
  if (parts.environment.DATABASE_URL !== undefined) {
    findings.push({ level: "broken", what: "DATABASE_URL: PostgreSQL is not supported yet", mend: "unset it" });
  }
  for (const { name, look, off, mend } of parts.options) {
    findings.push(look ? await checked(name, look) : { level: "off", what: `${name}: ${off}`, mend });
  }
  return findings;
}

async function checked(name: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { level: "ok", what: `${name}: ${await look()}` };
  } catch (error) {
    return { level: "broken", what: `${name}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function nodeFinding(version: string): Finding {
  const isNewEnough = Number(version.split(".")[0]) >= NODE_MAJOR_MIN;
  if (isNewEnough) return { level: "ok", what: `Node ${version}` };
  return {
    level: "broken",
    what: `Node ${version} is older than ${NODE_MAJOR_MIN}`,
    mend: "use npm start, which fetches a newer one",
  };
}

const configFinding = ({ file }: LoadedConfig): Finding => ({
  level: "ok",
  what:
    file === undefined ? "configuration: the defaults (there is no config/signalbox.yaml)" : `configuration: ${file}`,
});

function modelFindings({ models }: DoctorParts): readonly Finding[] {
  return Object.entries(models).map(([role, names]) => {
    if (names[0] !== "demo/demo") return { level: "ok", what: `model role ${role}: ${names.join(", then ")}` };
    const mend = "put OPENAI_API_KEY=... or ANTHROPIC_API_KEY=... into .env (OPENAI_BASE_URL for a compatible server)";
    return { level: "off", what: `model role ${role}: no key is set, the demo answers`, mend };
  });
}

function httpFindings({ HOST, SIGNALBOX_ADMIN_TOKEN }: Environment): readonly Finding[] {
  const isLocal = ["127.0.0.1", "localhost", "::1"].includes(HOST);
  if (!isLocal && SIGNALBOX_ADMIN_TOKEN === undefined) {
    return [
      {
        level: "broken",
        what: `HOST=${HOST} lets others in`,
        mend: "set SIGNALBOX_ADMIN_TOKEN (16 characters or more)",
      },
    ];
  }
  const token = SIGNALBOX_ADMIN_TOKEN === undefined ? "no admin token, this machine only" : "an admin token is asked";
  return [{ level: "ok", what: `HTTP on ${HOST}: ${token}` }];
}

const signs: Readonly<Record<Finding["level"], string>> = { ok: "ok     ", off: "off    ", broken: "BROKEN " };

export const findingLine = ({ level, what, mend }: Finding): string =>
  mend === undefined ? `${signs[level]}${what}` : `${signs[level]}${what}\n         -> ${mend}`;
