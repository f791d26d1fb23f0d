// The model roles of a configuration: the providers that have credentials, and the fail-over chain of each role over them.

import type { Environment } from "../config/environment.ts";
import { factsOf, modelCatalog } from "../config/model-catalog.ts";
import type { Config } from "../config/schema.ts";
import type { ModelFacts, ModelProvider } from "../core/model.ts";
import { sleep } from "../lib/abort.ts";
import type { SpeechRedactor } from "../lib/redact-speech.ts";
import { systemClock } from "../lib/system-clock.ts";
import { createAnthropicProvider } from "../providers/anthropic/anthropic-provider.ts";
import { createDemoProvider } from "../providers/demo/demo-provider.ts";
import { createOpenAiProvider } from "../providers/openai/openai-provider.ts";
import { withoutSecrets } from "../providers/shared/without-secrets.ts";
import type { ModelTarget } from "../runtime/model-chain.ts";

/** The fail-over chain of each role; never empty for `main`. */
export type Models = Readonly<Record<string, readonly ModelTarget[]>>;

const DEMO_WORD_MS = 25;

export interface ModelParts {
  readonly environment: Environment;
  readonly config: Pick<Config, "models">;
  readonly speech: SpeechRedactor;
}

/** The targets that have credentials, or the demo where none has. */
export function createModels({ environment, config, speech }: ModelParts): Models {
  const providers = createProviders(environment, speech);
  const catalog = { ...modelCatalog, ...extraFacts(config.models.catalog) };
  const chains = Object.entries(config.models.roles).map(
    ([role, names]) => [role, chainOf(names, providers, catalog)] as const,
  );
  const main = chains.find(([role]) => role === "main")?.[1] ?? [];
  const fallback = main.length > 0 ? main : [demoTarget()];
  return Object.fromEntries(chains.map(([role, chain]) => [role, chain.length > 0 ? chain : fallback]));
}

function createProviders(environment: Environment, speech: SpeechRedactor): ReadonlyMap<string, ModelProvider> {
  const providers: ModelProvider[] = [];
  const { OPENAI_API_KEY: openAiKey, OPENAI_BASE_URL: openAiUrl } = environment;
  if (openAiKey !== undefined || openAiUrl !== undefined) {
    // Servers of one's own often want no key, but the SDK insists on some text.
    const connection = { name: "openai", apiKey: openAiKey ?? "none" };
    providers.push(createOpenAiProvider(openAiUrl === undefined ? connection : { ...connection, baseUrl: openAiUrl }));
  }
  const { ANTHROPIC_API_KEY: anthropicKey, ANTHROPIC_BASE_URL: anthropicUrl } = environment;
  if (anthropicKey !== undefined) {
    const connection = { name: "anthropic", apiKey: anthropicKey };
    const given = anthropicUrl === undefined ? connection : { ...connection, baseUrl: anthropicUrl };
    providers.push(createAnthropicProvider(given));
  }
  return new Map(providers.map((provider) => [provider.name, withoutSecrets(provider, speech)]));
}

function chainOf(
  names: readonly string[],
  providers: ReadonlyMap<string, ModelProvider>,
  catalog: Readonly<Record<string, ModelFacts>>,
): readonly ModelTarget[] {
  return names.flatMap((name) => {
    const [vendor = "", ...rest] = name.split("/");
    if (vendor === "demo") return [demoTarget()];
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

const extraFacts = (catalog: Config["models"]["catalog"]): Readonly<Record<string, ModelFacts>> =>
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
