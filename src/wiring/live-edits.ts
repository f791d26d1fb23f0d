// Edits of skills, agents, tools and the configuration while the program runs: a good one is in force for the next task, and every
// one is on record (P14).

import type { AgentLibrary } from "../agents/agent-library.ts";
import type { Config } from "../config/schema.ts";
import type { Log } from "../core/log.ts";
import type { Store } from "../core/store.ts";
import { systemClock } from "../lib/system-clock.ts";
import { watchFolders } from "../lib/watch-folders.ts";
import type { SkillLibrary } from "../skills/skill-library.ts";
import type { HouseTools } from "../tools/house-tools.ts";
import type { LiveConfig } from "./live-config.ts";
import { isSameOutside, outsideSettings } from "./outside-settings.ts";

export interface EditedParts {
  readonly paths: Config["paths"];
  /** Undefined where there is none: one that is made later needs a restart. */
  readonly configFile: string | undefined;
  readonly config: LiveConfig;
  readonly skills: SkillLibrary;
  readonly agents: AgentLibrary;
  readonly tools: HouseTools;
  readonly store: Pick<Store, "audit">;
  readonly log: Log;
}

/** Reads everything once; resolves with how to stop. */
export async function watchLive(parts: EditedParts): Promise<() => Promise<void>> {
  const { paths, configFile, config, skills, agents, tools, store, log } = parts;

  async function record(action: string, subject: string, decision: string, reason: string): Promise<void> {
    log.info(action, { subject, change: decision, hash: reason });
    const at = systemClock.now();
    await store.audit({ at, session: null, task: null, actor: "folder", action, subject, decision, reason });
  }

  async function reload(): Promise<void> {
    const before = config.now();
    const hash = config.reload();
    if (hash !== undefined) await record("config", "signalbox.yaml", "changed", hash);
    for (const { skill, action, hash } of await skills.reload()) await record("skill", skill, action, hash);
    for (const { agent, action, hash } of await agents.reload()) await record("agent", agent, action, hash);
    for (const { tool, action, hash } of await tools.reload()) await record("tool", tool, action, hash);
    if (!isSameOutside(before, config.now())) await tools.renew(outsideSettings(config.now()));
  }

  const onError = (error: unknown): void =>
    log.error("skills, agents, tools or configuration cannot be read", { error });
  await reload().catch(onError);
  return watchFolders({
    folders: [paths.skills, paths.agents, paths.tools, ...(configFile === undefined ? [] : [configFile])],
    timers: systemClock,
    onChange: () => void reload().catch(onError),
    onError,
  });
}
