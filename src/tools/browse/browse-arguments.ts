// What a model asks of `browse`, read strictly: each action with what it needs, and a sentence where something is missing.

import { z } from "zod";
import type { JsonObject, JsonSchema } from "../../core/json.ts";
import type { TabAction } from "./tab.ts";

const KEYS = [
  ...["Enter", "Tab", "Escape", "Space", "Backspace", "Delete"],
  ...["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"],
] as const;
const ACTIONS = ["open", "click", "type", "select", "press", "scroll", "read", "back", "screenshot"] as const;

export type BrowseRequest =
  | TabAction
  | { readonly action: "part"; readonly part: number }
  | { readonly action: "screenshot" };

export const browseSchema: JsonSchema = {
  type: "object",
  properties: {
    action: { type: "string", enum: [...ACTIONS] },
    url: { type: "string", maxLength: 4_000, description: "open: the whole URL, with https://" },
    target: {
      type: "integer",
      minimum: 1,
      description: "click, type, select: the number that is shown, such as 3 for #3",
    },
    text: { type: "string", maxLength: 20_000, description: "type: what stands in the field afterwards" },
    submit: { type: "boolean", description: "type: press Enter after it" },
    option: { type: "string", maxLength: 300, description: "select: the option's words" },
    key: { type: "string", enum: [...KEYS], description: "press" },
    part: { type: "integer", minimum: 2, description: "read: a later part of the page that was shown last" },
  },
  required: ["action"],
  additionalProperties: false,
};

const target = z.number({ error: "needs `target`: the number of a link or field, such as 3 for #3" });
const request = z.discriminatedUnion("action", [
  z.object({ action: z.literal("open"), url: z.string({ error: "needs `url`" }) }),
  z.object({ action: z.literal("click"), target }),
  z.object({
    action: z.literal("type"),
    target,
    text: z.string({ error: "needs `text`" }),
    submit: z.boolean().default(false),
  }),
  z.object({ action: z.literal("select"), target, option: z.string({ error: "needs `option`" }) }),
  z.object({ action: z.literal("press"), key: z.enum(KEYS, { error: "needs `key`" }) }),
  z.object({ action: z.literal("read"), part: z.number().optional() }),
  z.object({ action: z.enum(["scroll", "back", "screenshot"]) }),
]);

export function browseRequest(args: JsonObject): BrowseRequest {
  const parsed = request.safeParse(args);
  if (!parsed.success)
    throw new Error(`${String(args.action)} ${parsed.error.issues[0]?.message ?? "is not understood"}.`);
  const wanted = parsed.data;
  if (wanted.action !== "read") return wanted;
  return wanted.part === undefined ? { action: "read" } : { action: "part", part: wanted.part };
}
