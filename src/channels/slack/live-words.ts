// The few words of a live answer's surroundings: what Slack shows beside our name while we work, and the label of the stop button.

import type { Language } from "../../core/message.ts";

const words = {
  thinking: { en: () => "is thinking…", zh: () => "正在思考…" },
  usingTool: { en: (tool: string) => `is using ${tool}…`, zh: (tool: string) => `正在使用 ${tool}…` },
  stop: { en: () => "Stop", zh: () => "停止" },
} as const;

type Words = typeof words;

export function liveWords<Key extends keyof Words>(
  key: Key,
  language: Language,
  ...values: Parameters<Words[Key]["en"]>
): string {
  const make: (...values: string[]) => string = words[key][language];
  return make(...values);
}
