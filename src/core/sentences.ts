// How a table of sentences is read: a key, a language, and the values that stand in that sentence, checked by its type.

import type { Language } from "./message.ts";

/** In both languages, of the same values. */
type Sentence = Readonly<Record<Language, (...values: never[]) => string>>;
type Table = Readonly<Record<string, Sentence>>;

/** `sayFrom(sentences)("waiting", "en", 2)`. */
export function sayFrom<Sentences extends Table>(sentences: Sentences) {
  return <Key extends keyof Sentences>(
    key: Key,
    language: Language,
    ...values: Parameters<Sentences[Key]["en"]>
  ): string => {
    const make = (sentences[key] as Sentence)[language] as (...values: unknown[]) => string;
    return make(...values);
  };
}
