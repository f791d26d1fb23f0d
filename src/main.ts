// What every command begins with: configuration, log and models of a folder, and the app over its ledger.

import { type App, createApp } from "./app.ts";
import { type Environment, hasVariable, readEnvironment, searchPath, secretsOf } from "./config/environment.ts";
import { type LoadedConfig, loadConfig } from "./config/load-config.ts";
import { factsOf, modelCatalog } from "./config/model-catalog.ts";
import { AppError, toAppError } from "./core/errors.ts";
import type { Log } from "./core/log.ts";
import type { ModelFacts, ModelProvider } from "./core/model.ts";
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

/** Live edits: a good one is in force for the next task, and every one is on record (P14). */
async function watchSkills(skills: SkillLibrary, { config, log }: Setup, store: Store): Promise<() => Promise<void>> {
  const reload = async (): Promise<void> => {
    for (const { skill, action, hash } of await skills.reload()) {
      log.info("skill", { skill, action, hash });
      const change = { actor: "folder", action: "skill", subject: skill, decision: action, reason: hash };
      await store.audit({ at: systemClock.now(), session: null, task: null, ...change });
    }
  };
  const onError = (error: unknown): void => log.error("the skills folder cannot be read", { error });
  await reload().catch(onError);
  return watchFolders({
    folders: [config.paths.skills],
    timers: systemClock,
    onChange: () => void reload().catch(onError),
    onError,
  });
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
    const stopWatching = await watchSkills(skills, setup, store);
    const app = createApp({
      config,
      store,
      models,
      skills,
      clock: systemClock,
      ids: randomIds,
      random: Math.random,
      log,
      guard: { adminToken: environment.SIGNALBOX_ADMIN_TOKEN, host: environment.HOST },
      port: environment.PORT,
    });
    await app.start();
    const close = async (drainMs: number): Promise<void> => {
      await stopWatching();
      await app.stop(drainMs);
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
