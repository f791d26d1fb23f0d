// The tool that calls one person by name. It is the only way from the words of a model to a call: what a model writes calls nobody.

import { z } from "zod";
import type { Sender } from "../core/message.ts";
import type { Tool } from "../core/tool.ts";
import { schemaOf } from "./workspace/tool-arguments.ts";

const TEXT_CHARS_MAX = 1_000;
const LISTED_MAX = 20;

const Arguments = z.strictObject({
  person: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe("Name or id of somebody who spoke or was named in this conversation"),
  text: z.string().trim().min(1).max(TEXT_CHARS_MAX).describe("What to say to them, one or two sentences"),
});

export const mention: Tool = {
  name: "mention",
  description:
    "Calls one person of this conversation by an @-mention that notifies them, with a short message. Use it only where somebody " +
    "asked for that or must act now. A name that you write in your answer notifies nobody.",
  capabilities: ["chat.mention"],
  carries: "mention",
  // The same call says it once.
  isRepeatable: true,
  parameters: schemaOf(Arguments),
  run: async (args, { chat }) => {
    const { person, text } = Arguments.parse(args);
    const found = personNamed(person, await chat.people());
    await chat.say({ kind: "mention", text, mention: found });
    return `${found.name} is called by a message of its own. Do not call them again.`;
  },
};

/** One and only one, by id, by the whole name, or by a part of it that stands for itself. */
function personNamed(asked: string, people: readonly Sender[]): Sender {
  const wanted = plain(asked.replace(/^@/, ""));
  const steps: readonly ((person: Sender) => boolean)[] = [
    ({ id }) => id === asked || id.slice(id.indexOf(":") + 1) === asked,
    ({ name }) => plain(name) === wanted,
    ({ name }) =>
      plain(name)
        .split(/[\s.,()（）·_-]+/u)
        .includes(wanted),
  ];
  for (const isIt of steps) {
    const found = people.filter(isIt);
    const [first] = found;
    if (found.length > 1) throw new Error(`Several people are called ${asked}: ${listed(found)}. Give the id.`);
    if (first) return first;
  }
  throw new Error(
    people.length === 0
      ? "Nobody in this conversation can be called."
      : `Nobody called ${asked} spoke or was named here. Known are: ${listed(people)}.`,
  );
}

const plain = (name: string): string => name.normalize("NFKC").trim().toLowerCase();

const listed = (people: readonly Sender[]): string =>
  people
    .slice(0, LISTED_MAX)
    .map(({ id, name }) => `${name} (${id})`)
    .join(", ");
