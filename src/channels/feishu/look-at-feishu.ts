// What the doctor sees of Feishu: whether the credentials are good, and which rights are missing, with where they are granted.

import type { Clock } from "../../core/clock.ts";
import { AppError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import type { FeishuSettings } from "../../core/platform-settings.ts";
import { createFeishuApi, type FeishuApi } from "./feishu-api.ts";
import { FeishuFailure, SCOPE_MISSING } from "./feishu-failure.ts";
import { askForIdentity } from "./feishu-identity.ts";

interface Probe {
  readonly what: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** Questions about things that do not exist: a right that is missing is refused before anybody looks. They change nothing. */
const NOBODY = "om_0000000000000000000000000000000";
const PROBES: readonly Probe[] = [
  { what: "reading messages (quotes, forwarded messages, files)", path: `/im/v1/messages/${NOBODY}` },
  {
    what: "listing what was missed",
    path: "/im/v1/messages",
    query: { container_id_type: "chat", container_id: "oc_00000000000000000000000000000000", page_size: "1" },
  },
  { what: "telling topic groups from others", path: "/im/v1/chats/oc_00000000000000000000000000000000" },
];

/** One line about it. Throws AppError `bad-config` that says what to mend. */
export async function lookAtFeishu(settings: FeishuSettings, clock: Clock): Promise<string> {
  const api = createFeishuApi({ settings, clock, log: silentLog });
  const { name } = await identityOf(api, settings);
  const missing: string[] = [];
  for (const probe of PROBES) {
    const refusal = await refusalOf(api, probe);
    if (refusal)
      missing.push(
        `${probe.what} needs one of ${refusal.scopes.join(", ")}: ${refusal.grantUrl ?? "grant it in the console"}`,
      );
  }
  if (missing.length > 0)
    throw new AppError("bad-config", `the bot "${name}" lacks rights:\n  ${missing.join("\n  ")}`);
  return `the bot "${name}" answers, over ${settings.transport.mode === "ws" ? "a long connection" : "a webhook"}`;
}

async function identityOf(api: FeishuApi, { domain, appId }: FeishuSettings): Promise<{ readonly name: string }> {
  try {
    return await askForIdentity(api, appId);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("bad-config", `${domain} cannot be reached: check FEISHU_DOMAIN and the network`, {
      cause: error,
    });
  }
}

async function refusalOf(api: FeishuApi, { path, query = {} }: Probe): Promise<FeishuFailure | undefined> {
  try {
    await api.call("GET", path, { query, isPassing: true });
    return undefined;
  } catch (error) {
    return error instanceof FeishuFailure && error.code === SCOPE_MISSING ? error : undefined;
  }
}
