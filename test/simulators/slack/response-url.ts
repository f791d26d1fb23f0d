// What an app may post to a response URL: a new message, an ephemeral, or another face for the one that was clicked.

import { z } from "zod";
import type { HttpAnswer } from "./file-transfer.ts";
import { type RawContent, validContent } from "./message-content.ts";
import type { Installation } from "./records.ts";
import { SlackError } from "./slack-error.ts";
import type { ResponseTarget } from "./triggers.ts";
import type { SlackWorld } from "./world.ts";

const Body = z.looseObject({
  text: z.string().optional(),
  markdown_text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(["ephemeral", "in_channel"]).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
});

const answer = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

export function respondAt(
  world: SlackWorld,
  target: ResponseTarget | undefined,
  installation: Installation | undefined,
  raw: unknown,
): HttpAnswer {
  if (!target || !installation) return answer(404, { ok: false, error: "used_url" });
  const body = Body.safeParse(raw);
  if (!body.success) return answer(400, { ok: false, error: "invalid_payload" });
  try {
    apply(world, target, installation, body.data);
    return answer(200, { ok: true });
  } catch (error) {
    if (error instanceof SlackError) return answer(500, error.answer);
    throw error;
  }
}

function apply(
  world: SlackWorld,
  target: ResponseTarget,
  installation: Installation,
  body: z.output<typeof Body>,
): void {
  const clicked = target.message;
  const original = clicked && !clicked.isEphemeral ? world.message(target.channel, clicked.ts) : undefined;
  const ephemeral = clicked?.isEphemeral ? world.ephemerals.findIndex(({ ts }) => ts === clicked.ts) : -1;
  if (body.delete_original) {
    if (original) world.delete(original);
    if (ephemeral >= 0) world.ephemerals.splice(ephemeral, 1);
    return;
  }
  const given: RawContent = { text: body.text, markdown_text: body.markdown_text, blocks: body.blocks };
  const { text, markdown, blocks, attachments } = validContent(given);
  const kept = world.ephemerals[ephemeral];
  if (body.replace_original && original) {
    world.change(original, (message) => Object.assign(message, { text, markdown, blocks, attachments }));
  } else if (body.replace_original && kept) {
    Object.assign(kept, { text, markdown, blocks });
  } else if (body.response_type === "in_channel") {
    const { botUserId, botId } = installation;
    const threadTs = body.thread_ts;
    world.post({ channel: target.channel, userId: botUserId, botId, threadTs, text, markdown, blocks, attachments });
  } else {
    const where = { channel: target.channel, ts: world.ids.ts(), threadTs: body.thread_ts, to: target.user };
    world.ephemerals.push({ ...where, text, markdown, blocks });
  }
}
