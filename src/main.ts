// The app of a folder, put together over its ledger from what the configuration and the environment say.

import { resolve } from "node:path";
import { type AgentLibrary, createAgentLibrary } from "./agents/agent-library.ts";
import { type App, createApp } from "./app.ts";
import { createVariables, hasVariable, searchPath, secretsOf } from "./config/environment.ts";
import { AppError } from "./core/errors.ts";
import { findProgram } from "./lib/find-program.ts";
import { keepCompiledCode } from "./lib/keep-compiled-code.ts";
import { createRedactor } from "./lib/redact.ts";
import { randomIds, systemClock } from "./lib/system-clock.ts";
import { createLogTokens } from "./memory/log-pieces.ts";
import { createSkillLibrary, type SkillLibrary } from "./skills/skill-library.ts";
import { openLedger } from "./storage/ledger.ts";
import { type HouseTools, openHouseTools } from "./tools/house-tools.ts";
import type { SandboxChoice } from "./tools/sandbox/sandbox.ts";
import { APP_TOOLS } from "./wiring/app-tools.ts";
import { chatPlatforms } from "./wiring/chat-platforms.ts";
import { createLiveConfig, type LiveConfig } from "./wiring/live-config.ts";
import { watchLive } from "./wiring/live-edits.ts";
import { outsideSettings } from "./wiring/outside-settings.ts";
import type { Setup } from "./wiring/set-up.ts";

export interface OpenApp {
  readonly app: App;
  /** Of the main role, in the order they are asked. */
  readonly models: readonly string[];
  /** Why there is no sandbox, if there is none. */
  readonly sandboxOff: string | undefined;
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

function openTools({ config, folder, file, log }: Setup): Promise<HouseTools> {
  const path = searchPath();
  return openHouseTools({
    folders: config.paths,
    settings: outsideSettings(config),
    secret: [resolve(folder, ".env"), ...(file === undefined ? [] : [file])],
    taken: APP_TOOLS,
    searchPath: path,
    hasBin: (name) => findProgram(name, path) !== undefined,
    variable: createVariables(folder),
    clock: systemClock,
    random: Math.random,
    log,
  });
}

const sandboxTrouble = (choice: SandboxChoice): readonly string[] =>
  choice.isOn ? [] : [`run_command, programs in tools/ and MCP servers that are programs are off: ${choice.reason}`];

const fileTroubles = (config: LiveConfig, agents: AgentLibrary, tools: HouseTools): readonly string[] => [
  ...sandboxTrouble(tools.sandbox()),
  ...(config.problem()?.split("\n") ?? []),
  ...[...agents.problems(), ...tools.problems()].map(({ place, message }) => `${place}: ${message}`),
];

/** The app over the ledger of this folder, started but not listening. */
export async function openApp(setup: Setup): Promise<OpenApp> {
  const { config, environment, log } = setup;
  if (environment.DATABASE_URL !== undefined) {
    throw new AppError(
      "bad-config",
      "DATABASE_URL is set, but PostgreSQL is not supported yet: unset it to use the ledger in the data folder",
    );
  }
  keepCompiledCode();
  const live = createLiveConfig(setup);
  const store = await openLedger({ folder: config.paths.data, logTokens: createLogTokens() });
  try {
    const skills = createSkills(setup);
    const agents = createAgentLibrary({
      folder: config.paths.agents,
      roles: () => Object.keys(live.models()),
      log: setup.log,
    });
    const tools = await openTools(setup);
    const stopWatching = await watchLive({
      ...{ paths: config.paths, configFile: setup.file, config: live },
      ...{ skills, agents, tools, store, log },
    });
    const app = createApp({
      config: live.now,
      store,
      models: live.models,
      skills,
      agents,
      tools: tools.current,
      programs: tools.programs,
      keepFile: tools.keepFile,
      mcp: tools.mcp,
      fileTroubles: () => fileTroubles(live, agents, tools),
      channels: await chatPlatforms(environment, live.now),
      redact: createRedactor(secretsOf(environment)),
      withoutOurs: setup.speech.known,
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
    const choice = tools.sandbox();
    const models = live.models().main?.map(({ name }) => name) ?? [];
    return { app, models, sandboxOff: choice.isOn ? undefined : choice.reason, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}
