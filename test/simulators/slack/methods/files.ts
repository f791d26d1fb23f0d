// files.*: the three steps of an upload, and what is known of a file. The bytes go through file-transfer.ts.

import { z } from "zod";
import { fileTypeOf } from "../file-transfer.ts";
import { validContent } from "../message-content.ts";
import { count, joinedChannel, json, type Methods, method, text, threadRoot, timestamp } from "../method.ts";
import { SlackError } from "../slack-error.ts";
import { fileShape } from "../wire-shapes.ts";
import { byBot } from "./chat.ts";

export const fileMethods: Methods = {
  "files.getUploadURLExternal": method({
    tier: 4,
    scopes: ["files:write"],
    takesJson: false,
    takes: { filename: text, length: count, alt_text: text.optional(), snippet_type: text.optional() },
    run(given, { world, installation, place, clock }) {
      if (given.length === 0)
        throw new SlackError("invalid_arguments", ["[ERROR] must be greater than 0 [json-pointer:/length]"]);
      const id = world.ids.next("F");
      world.files.set(id, {
        id,
        teamId: installation.teamId,
        name: given.filename,
        title: given.filename,
        mimetype: fileTypeOf(given.filename),
        userId: installation.botUserId,
        created: Math.floor(clock.now() / 1000),
        expectedLength: given.length,
        content: undefined,
        shares: [],
        isComplete: false,
      });
      return { upload_url: `${place.baseUrl()}/upload/v1/${id}`, file_id: id };
    },
  }),

  "files.completeUploadExternal": method({
    tier: 4,
    scopes: ["files:write"],
    takes: {
      files: json(z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1)),
      channel_id: text.optional(),
      channels: text.optional(),
      thread_ts: timestamp.optional(),
      initial_comment: text.optional(),
      blocks: json(z.unknown()).optional(),
    },
    run(given, context) {
      const files = given.files.map(({ id, title }) => {
        const file = context.world.files.get(id);
        if (!file?.content || file.isComplete) throw new SlackError("file_not_found");
        file.title = title ?? file.title;
        return file;
      });
      const channelId = given.channel_id ?? given.channels;
      if (channelId !== undefined) {
        const channel = joinedChannel(context, channelId);
        if (given.thread_ts !== undefined) threadRoot(context, channel, given.thread_ts, "invalid_thread_ts");
        const hasWords = given.initial_comment !== undefined || given.blocks !== undefined;
        const content = hasWords ? validContent({ text: given.initial_comment, blocks: given.blocks }) : undefined;
        context.world.post({
          ...byBot(context),
          channel: channel.id,
          threadTs: given.thread_ts,
          subtype: "file_share",
          text: content?.text ?? "",
          blocks: content?.blocks ?? [],
          fileIds: files.map(({ id }) => id),
        });
      }
      for (const file of files) file.isComplete = true;
      // Slack works on them afterwards: the answer knows no shares yet.
      return { files: files.map(({ id, title }) => ({ id, title })) };
    },
  }),

  "files.info": method({
    tier: 4,
    scopes: ["files:read"],
    takesJson: false,
    takes: { file: text, cursor: text.optional(), limit: count.optional() },
    run(given, { world, place }) {
      const file = world.files.get(given.file);
      if (!file) throw new SlackError("file_not_found");
      const shares: Record<"public" | "private", Record<string, unknown[]>> = { public: {}, private: {} };
      for (const { channel, ts, threadTs } of file.shares) {
        const side = world.channel(channel).kind === "public" ? shares.public : shares.private;
        side[channel] = [...(side[channel] ?? []), { ts, ...(threadTs ? { thread_ts: threadTs } : {}) }];
      }
      return { file: { ...fileShape(place, file), shares, channels: Object.keys(shares.public) }, comments: [] };
    },
  }),
};
