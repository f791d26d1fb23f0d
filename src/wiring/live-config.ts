// The configuration as it is now, with the models it names. An edit is taken whole or not at all: one that is wrong leaves what was, and
// says file, line and mend once. Where folders lie waits for a restart.

import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Environment } from "../config/environment.ts";
import { type LoadedConfig, loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/schema.ts";
import { AppError, toAppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { SpeechRedactor } from "../lib/redact-speech.ts";
import { createModels, type Models } from "./models.ts";

export interface LiveConfig {
  now(): Config;
  models(): Models;
  /** Why the file as it stands is not in force. */
  problem(): string | undefined;
  /** The hash of what is in force now, if that changed. */
  reload(): string | undefined;
}

const AFTER_A_RESTART = ["paths"] as const;

export interface LiveConfigParts extends LoadedConfig {
  readonly folder: string;
  readonly environment: Environment;
  readonly speech: SpeechRedactor;
  readonly log: Log;
}

export function createLiveConfig({ folder, environment, speech, log, ...loaded }: LiveConfigParts): LiveConfig {
  let config = loaded.config;
  let models = createModels({ environment, config, speech });
  let problem: string | undefined;
  let waiting = "";

  function tellWhatWaits(read: Config): void {
    const keys = AFTER_A_RESTART.filter((key) => !isDeepStrictEqual(read[key], config[key])).join(", ");
    if (keys !== waiting && keys !== "") log.warn("these keys are in force after a restart", { keys });
    waiting = keys;
  }

  function readAgain(): Config {
    const read = loadConfig({ folder, file: environment.SIGNALBOX_CONFIG, data: environment.SIGNALBOX_DATA });
    // The defaults are nobody's edit: they may grant what the file did not.
    if (loaded.file !== undefined && read.file === undefined)
      throw new AppError("bad-config", `${loaded.file} is gone: put it back, or restart to run with the defaults`);
    return read.config;
  }

  return {
    now: () => config,
    models: () => models,
    problem: () => problem,
    reload: () => {
      try {
        const read = readAgain();
        tellWhatWaits(read);
        const kept = Object.fromEntries(AFTER_A_RESTART.map((key) => [key, config[key]]));
        const next: Config = { ...read, ...kept };
        problem = undefined;
        if (isDeepStrictEqual(next, config)) return undefined;
        if (!isDeepStrictEqual(next.models, config.models))
          models = createModels({ environment, config: next, speech });
        config = next;
        return createHash("sha256").update(JSON.stringify(config)).digest("hex");
      } catch (error) {
        const { message } = toAppError(error);
        if (message !== problem)
          log.warn("the edited configuration is not taken, the one before it stays", { message });
        problem = message;
        return undefined;
      }
    },
  };
}
