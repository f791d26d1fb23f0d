// What every command begins with: configuration, log and models of a folder, and the app over its ledger.

import { type AgentLibrary, createAgentLibrary } from "./agents/agent-library.ts";
import { APP_TOOLS, type App, type AppParts, createApp } from "./app.ts";
import {
  type Environment,
  hasVariable,
  readEnvironment,
  searchPath,
  secretsOf,
  variableNamed,
} from "./config/environment.ts";
import { type LoadedConfig, loadConfig } from "./config/load-config.ts";
import { factsOf, modelCatalog } from "./config/model-catalog.ts";
import { feishuSettings, slackSettings } from "./config/platforms.ts";
import type { Channel, ChannelParts } from "./core/channel.ts";
import { AppError, toAppError } from "./core/errors.ts";
import type { Log } from "./core/log.ts";
import type { ModelFacts, ModelProvider } from "./core/model.ts";
import type { ChatRules } from "./core/platform-settings.ts";
import type { Store } from "./core/store.ts";
import { sleep } from "./lib/abort.ts";
import { findProgram } from "./lib/find-program.ts";
import { createLineLog } from "./lib/json-log.ts";
import { createRedactor } from "./lib/redact.ts";
import { randomIds, systemClock } from "./lib/system-clock.ts";
import { watchFolders } from "./lib/watch-folders.ts";
import { createLogTokens } from "./memory/log-pieces.ts";
import { createAnthropicProvider } from "./providers/anthropic/anthropic-provider.ts";
import { createDemoProvider } from "./providers/demo/demo-provider.ts";
import { createOpenAiProvider } from "./providers/openai/openai-provider.ts";
import type { ModelTarget } from "./runtime/model-chain.ts";
import { createSkillLibrary, type SkillLibrary } from "./skills/skill-library.ts";
import { openLedger } from "./storage/ledger.ts";
import { type HouseTools, openHouseTools } from "./tools/house-tools.ts";

export interface Setup extends LoadedConfig {
  readonly environment: Environment;
  readonly log: Log;
}

const DEMO_WORD_MS = 25;

/** Reads the environment and the configuration of a folder; throws AppError `bad-config` that says what to mend. */
export function setUp(folder: string, logTo: NodeJS.WriteStream, defaultLevel = "info"): Setup {
  const environment = readEnvironment(folder);
  const loaded = loadConfig({ folder, file: environment.SIGNALBOX_CONFIG, data: environment.SIGNALBOX_DATA });
  const log = createLineLog({
    level: environment.LOG_LEVEL ?? defaultLevel,
    isPretty: logTo.isTTY === true,
    isColoured: logTo.isTTY === true && environment.NO_COLOR === undefined,
    redact: createRedactor(secretsOf(environment)),
    write: (line) => logTo.write(line),
  });
  return { ...loaded, environment, log };
}

/** The fail-over chain of each role: the targets that have credentials, or the demo where none has. */
export function createModels({
  environment,
  config,
}: Pick<Setup, "environment" | "config">): Record<string, readonly ModelTarget[]> {
  const providers = new Map<string, ModelProvider>();
  const { OPENAI_API_KEY: openAiKey, OPENAI_BASE_URL: openAiUrl } = environment;
  if (openAiKey !== undefined || openAiUrl !== undefined) {
    // Servers of one's own often want no key, but the SDK insists on some text.
    const connection = { name: "openai", apiKey: openAiKey ?? "none" };
    providers.set(
      "openai",
      createOpenAiProvider(openAiUrl === undefined ? connection : { ...connection, baseUrl: openAiUrl }),
    );
  }
  const { ANTHROPIC_API_KEY: anthropicKey, ANTHROPIC_BASE_URL: anthropicUrl } = environment;
  if (anthropicKey !== undefined) {
    const connection = { name: "anthropic", apiKey: anthropicKey };
    providers.set(
      "anthropic",
      createAnthropicProvider(anthropicUrl === undefined ? connection : { ...connection, baseUrl: anthropicUrl }),
    );
  }
  const catalog = { ...modelCatalog, ...extraFacts(config.models.catalog) };
  const chains = Object.entries(config.models.roles).map(
    ([role, names]) => [role, chainOf(names, providers, catalog)] as const,
  );
  const main = chains.find(([role]) => role === "main")?.[1] ?? [];
  const fallback = main.length > 0 ? main : [demoTarget()];
  return Object.fromEntries(chains.map(([role, chain]) => [role, chain.length > 0 ? chain : fallback]));
}

function chainOf(
  names: readonly string[],
  providers: ReadonlyMap<string, ModelProvider>,
  catalog: Readonly<Record<string, ModelFacts>>,
): readonly ModelTarget[] {
  return names.flatMap((name) => {
    const [vendor = "", ...rest] = name.split("/");
    if (vendor === "demo") return [demoTarget()];
    if (vendor !== "openai" && vendor !== "anthropic") {
      throw new AppError(
        "bad-config",
        `models.roles: ${name} names the provider "${vendor}"; known are anthropic, openai, demo`,
      );
    }
    const provider = providers.get(vendor);
    return provider ? [{ name, model: rest.join("/"), provider, facts: factsOf(catalog, name) }] : [];
  });
}

function demoTarget(): ModelTarget {
  const free: ModelFacts = {
    contextTokens: 1_000_000,
    outputTokens: 10_000,
    inputUsd: 0,
    cachedInputUsd: 0,
    cacheWriteUsd: 0,
    outputUsd: 0,
  };
  const provider = createDemoProvider({ pace: (signal) => sleep(systemClock, DEMO_WORD_MS, signal) });
  return { name: "demo/demo", model: "demo", provider, facts: free };
}

const extraFacts = (catalog: Setup["config"]["models"]["catalog"]): Readonly<Record<string, ModelFacts>> =>
  Object.fromEntries(
    Object.entries(catalog).map(([name, facts]) => [
      name,
      {
        ...facts,
        cachedInputUsd: facts.cachedInputUsd ?? facts.inputUsd,
        cacheWriteUsd: facts.cacheWriteUsd ?? facts.inputUsd,
      },
    ]),
  );

export interface OpenApp {
  readonly app: App;
  close(drainMs: number): Promise<void>;
}

function createSkills({ config, log }: Setup): SkillLibrary {
  const path = searchPath();
  return createSkillLibrary({
    folder: config.paths.skills,
    log,
    hasBin: (name) => findProgram(name, path) !== undefined,
    hasEnv: hasVariable,
  });
}

function openTools({ config, log }: Setup): Promise<HouseTools> {
  const path = searchPath();
  return openHouseTools({
    folders: config.paths,
    sandbox: config.sandbox,
    fetch: config.fetch,
    mcp: config.mcp,
    toolSeconds: config.limits.toolSeconds,
    taken: APP_TOOLS,
    searchPath: path,
    hasBin: (name) => findProgram(name, path) !== undefined,
    variable: variableNamed,
    clock: systemClock,
    random: Math.random,
    log,
  });
}

/** Live edits: a good one is in force for the next task, and every one is on record (P14). */
async function watchLive(
  { config, log }: Setup,
  store: Store,
  {
    skills,
    agents,
    tools,
  }: { readonly skills: SkillLibrary; readonly agents: AgentLibrary; readonly tools: HouseTools },
): Promise<() => Promise<void>> {
  const record = async (
    action: "skill" | "agent" | "tool",
    subject: string,
    decision: string,
    reason: string,
  ): Promise<void> => {
    log.info(action, { subject, change: decision, hash: reason });
    const at = systemClock.now();
    await store.audit({ at, session: null, task: null, actor: "folder", action, subject, decision, reason });
  };
  const reload = async (): Promise<void> => {
    for (const { skill, action, hash } of await skills.reload()) await record("skill", skill, action, hash);
    for (const { agent, action, hash } of await agents.reload()) await record("agent", agent, action, hash);
    for (const { tool, action, hash } of await tools.reload()) await record("tool", tool, action, hash);
  };
  const onError = (error: unknown): void => log.error("a folder of skills, agents or tools cannot be read", { error });
  await reload().catch(onError);
  return watchFolders({
    folders: [config.paths.skills, config.paths.agents, config.paths.tools],
    timers: systemClock,
    onChange: () => void reload().catch(onError),
    onError,
  });
}

/** The chat platforms that have credentials; loaded only then, for their SDKs are large. */
async function chatPlatforms({ environment, config }: Setup): Promise<NonNullable<AppParts["channels"]>> {
  const rulesOf = ({ mentionRequired, reactions }: Setup["config"]["channels"]["slack"]): ChatRules => ({
    scopes: config.sessions,
    mentionRequired,
    reactions,
  });
  const platforms: ((parts: ChannelParts) => Channel)[] = [];
  const slack = slackSettings(environment);
  if (slack) {
    const { createSlackChannel } = await import("./channels/slack/slack-channel.ts");
    const rules = rulesOf(config.channels.slack);
    platforms.push((parts) => createSlackChannel({ ...parts, settings: slack, rules }));
  }
  const feishu = feishuSettings(environment);
  if (feishu) {
    const { createFeishuChannel } = await import("./channels/feishu/feishu-channel.ts");
    const rules = rulesOf(config.channels.feishu);
    platforms.push((parts) => createFeishuChannel({ ...parts, settings: feishu, rules }));
  }
  return platforms;
}

/** The app over the ledger of this folder, started but not listening. */
export async function openApp(setup: Setup): Promise<OpenApp> {
  const { config, environment, log } = setup;
  if (environment.DATABASE_URL !== undefined) {
    throw new AppError(
      "bad-config",
      "DATABASE_URL is set, but PostgreSQL is not supported yet: unset it to use the ledger in the data folder",
    );
  }
  const models = createModels(setup);
  const store = await openLedger({ folder: config.paths.data, logTokens: createLogTokens() });
  try {
    const skills = createSkills(setup);
    const agents = createAgentLibrary({
      folder: config.paths.agents,
      roles: Object.keys(models),
      log: setup.log,
    });
    const tools = await openTools(setup);
    const stopWatching = await watchLive(setup, store, { skills, agents, tools });
    const app = createApp({
      config,
      store,
      models,
      skills,
      agents,
      tools: tools.current,
      channels: await chatPlatforms(setup),
      redact: createRedactor(secretsOf(environment)),
      clock: systemClock,
      ids: randomIds,
      random: Math.random,
      log,
      guard: { adminToken: environment.SIGNALBOX_ADMIN_TOKEN, host: environment.HOST },
      port: environment.PORT,
    });
    await app.start().catch(async (error: unknown) => {
      // A channel with a wrong token: what was started already would keep the process.
      await stopWatching();
      await app.stop(0);
      await tools.close();
      throw error;
    });
    const close = async (drainMs: number): Promise<void> => {
      await stopWatching();
      await app.stop(drainMs);
      await tools.close();
      await store.close();
    };
    return { app, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A failure of the program itself as the lines an operator reads. */
export function failureLines(error: unknown): string {
  const failure = toAppError(error);
  return failure.code === "internal" && error instanceof Error ? (error.stack ?? error.message) : failure.message;
}
