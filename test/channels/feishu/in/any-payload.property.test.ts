// Whatever the platform sends, reading it neither throws nor takes long; and mentions are replaced exactly.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type ChatMessage, messageList, receivedEvent } from "../../../../src/channels/feishu/in/chat-message.ts";
import { createMentionReader } from "../../../../src/channels/feishu/in/mention-text.ts";
import { messageContent } from "../../../../src/channels/feishu/in/message-content.ts";

const TYPES = [
  "text",
  "post",
  "image",
  "file",
  "audio",
  "media",
  "sticker",
  "interactive",
  "merge_forward",
  "location",
];

const message = (type: string, content: string): ChatMessage => ({
  id: "om_1",
  chat: "oc_1",
  isP2p: true,
  root: undefined,
  parent: undefined,
  topic: undefined,
  at: 0,
  type,
  content,
  sender: { id: "ou_1", isBot: false, tenant: undefined },
  mentions: [],
  isRecalled: false,
  within: undefined,
});

const nobody = createMentionReader([], "ou_bot");

test("content of any shape becomes words", () => {
  const type = fc.oneof(fc.constantFrom(...TYPES), fc.string());
  const rows = fc.record({ title: fc.json(), content: fc.array(fc.array(fc.dictionary(fc.string(), fc.jsonValue()))) });
  const content = fc.oneof(
    fc.string(),
    fc.json(),
    rows.map((one) => JSON.stringify(one)),
  );
  fc.assert(
    fc.property(type, content, (kind, text) => {
      const read = messageContent(message(kind, text), nobody);
      expect(typeof read.text).toBe("string");
      expect(Array.isArray(read.files)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test("content as deep as a body may be is read without harm", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  for (const type of [...TYPES, "new"])
    expect(messageContent(message(type, deep), nobody).text).toEqual(expect.any(String));
});

test("events and lists of any shape are read or passed over", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      receivedEvent.safeParse(value);
      receivedEvent.safeParse({ sender: value, message: value });
      receivedEvent.safeParse({
        sender: {},
        message: { message_id: "om", chat_id: "oc", mentions: value, content: value },
      });
      messageList.safeParse({ items: [value, { message_id: "om", chat_id: "oc", sender: value, body: value }] });
    }),
    { numRuns: 300 },
  );
});

test("each placeholder becomes its own person, in whatever order and number", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 40 }), (numbers) => {
      const known = new Set(numbers.filter((number) => number % 3 !== 0));
      const mentions = [...known].map((number) => ({
        key: `@_user_${number}`,
        openId: `ou_${number}`,
        name: `N${number}.`,
        tenant: undefined,
      }));
      const text = numbers.map((number) => `@_user_${number}`).join("，");
      const expected = numbers.map((number) => (known.has(number) ? `@N${number}.` : `@_user_${number}`)).join("，");
      expect(createMentionReader(mentions, "ou_bot").read(text)).toBe(expected);
    }),
  );
});
