// A provider whose words are clean before anybody reads, stores or shows them, piece by piece as they come.

import type { ModelProvider } from "../../core/model.ts";
import type { SpeechRedactor } from "../../lib/redact-speech.ts";

export function withoutSecrets(provider: ModelProvider, speech: SpeechRedactor): ModelProvider {
  return {
    name: provider.name,
    stream: async function* (request, signal) {
      let held = "";
      for await (const event of provider.stream(request, signal)) {
        if (event.type === "text") {
          held += event.text;
          const shown = speech.shownLength(held);
          if (shown > 0) yield { ...event, text: speech.clean(held.slice(0, shown)) };
          held = held.slice(shown);
        } else if (event.type === "reply") {
          // What is still held comes with the whole.
          yield { ...event, reply: { ...event.reply, text: speech.clean(event.reply.text) } };
        } else yield event;
      }
    },
  };
}
