// What every command begins with: environment, configuration and log of a folder. Loads nothing of what a server needs, so that a
// mistake in the configuration is told at once.

import { homedir } from "node:os";
import { type Environment, readEnvironment, secretsOf } from "../config/environment.ts";
import { type LoadedConfig, loadConfig } from "../config/load-config.ts";
import type { Log } from "../core/log.ts";
import { createLineLog } from "../lib/json-log.ts";
import { createLineWriter } from "../lib/line-writer.ts";
import { createRedactor } from "../lib/redact.ts";
import { createSpeechRedactor, type SpeechRedactor } from "../lib/redact-speech.ts";

export interface Setup extends LoadedConfig {
  readonly speech: SpeechRedactor;
  readonly folder: string;
  readonly environment: Environment;
  readonly log: Log;
}

/** Reads the environment and the configuration of a folder; throws AppError `bad-config` that says what to mend. */
export function setUp(folder: string, logTo: NodeJS.WriteStream, defaultLevel = "info"): Setup {
  const environment = readEnvironment(folder);
  const loaded = loadConfig({ folder, file: environment.SIGNALBOX_CONFIG, data: environment.SIGNALBOX_DATA });
  const log = createLineLog({
    level: environment.LOG_LEVEL ?? defaultLevel,
    isPretty: logTo.isTTY === true,
    isColoured: logTo.isTTY === true && environment.NO_COLOR === undefined,
    redact: createRedactor(secretsOf(environment)),
    write: createLineWriter(logTo),
  });
  const folders = [folder, ...Object.values(loaded.config.paths), homedir()];
  const speech = createSpeechRedactor({ secrets: secretsOf(environment), folders });
  return { ...loaded, folder, environment, speech, log };
}
