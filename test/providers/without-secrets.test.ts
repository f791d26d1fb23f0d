// P12 through the whole program: a model and a tool that say our secrets and folders, and what people, model and ledger get of it.

import { expect, test } from "vitest";
import { createSpeechRedactor } from "../../src/lib/redact-speech.ts";
import { withoutSecrets } from "../../src/providers/shared/without-secrets.ts";
import { FakeModel } from "../support/fake-model.ts";
import { startTestApp } from "../support/start-test-app.ts";

const SECRET = "xoxb-our-own-bot-token-0123456789";
const speech = createSpeechRedactor({ secrets: [SECRET], folders: ["/srv/signalbox"] });
const leaky = {
  name: "look",
  description: "Looks.",
  capabilities: [],
  parameters: { type: "object", properties: {} },
  run: async () => `found ${SECRET} in /srv/signalbox/.env`,
} as const;

test("neither the answer nor what the model is told of a tool holds one", async () => {
  const model = new FakeModel([
    { calls: [{ name: "look" }] },
    `The token is ${SECRET}, it lies in /srv/signalbox/.env; a key of yours is sk-ant-api03-Ab3dEfGh-1jKlMnOpQrStUvWxYz_01.`,
  ]);
  await using bot = await startTestApp({
    model: withoutSecrets(model, speech),
    withoutOurs: speech.known,
    tools: [leaky],
  });
  await bot.say("what is the token?");
  await bot.idle();
  expect(bot.answers).toEqual(["The token is [redacted], it lies in [folder]/.env; a key of yours is [redacted]."]);
  expect(JSON.stringify(model.requests)).toContain("found [redacted] in [folder]/.env");
  expect(JSON.stringify([await bot.events(), await bot.store.transcript("slack:general")])).not.toContain(SECRET);
});
