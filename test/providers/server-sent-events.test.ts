import { describe, expect, test } from "vitest";
import { type ServerSentMessage, serverSentMessages } from "../../src/providers/shared/server-sent-events.ts";

/** One byte a piece: every cut there is. */
function byteByByte(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull: (controller) => {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, ++at));
      else controller.close();
    },
  });
}

const streamed = (text: string): Response =>
  new Response(byteByByte(text), { headers: { "content-type": "text/event-stream" } });

async function all(response: Response): Promise<readonly ServerSentMessage[]> {
  const messages: ServerSentMessage[] = [];
  for await (const packet of serverSentMessages(response)) messages.push(...packet);
  return messages;
}

describe("the messages of a stream", () => {
  test("are whole, cut up where it may be", async () => {
    const messages = await all(
      streamed('\ufeffevent: a\r\ndata: {"x":"你好 👋🏽"}\r\n\r\n: alive\n\ndata: one\ndata: two\n\n'),
    );
    expect(messages).toEqual([
      { event: "a", data: '{"x":"你好 👋🏽"}' },
      { event: undefined, data: "" },
      { event: undefined, data: "one\ntwo" },
    ]);
  });

  test("include the last one where no blank line follows it", async () => {
    expect(await all(streamed("data: a\n\ndata: b"))).toEqual([
      { event: undefined, data: "a" },
      { event: undefined, data: "b" },
    ]);
  });

  test("are one where the answer is a JSON document", async () => {
    const response = new Response(byteByByte('{"a": "ü"}'), {
      headers: { "content-type": "application/json; charset=utf-8" },
    });
    expect(await all(response)).toEqual([{ event: undefined, data: '{"a": "ü"}' }]);
  });

  test.each(["text/event-stream", "application/json"])("are bounded, as %s too", async (contentType) => {
    const piece = new TextEncoder().encode("x".repeat(1024 * 1024));
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("data: ")),
      pull: (controller) => controller.enqueue(piece),
      cancel: () => {
        isCancelled = true;
      },
    });
    const response = new Response(endless, { headers: { "content-type": contentType } });
    await expect(all(response)).rejects.toMatchObject({ code: "provider-bad-reply" });
    expect(isCancelled).toBe(true);
  });

  test("cannot come from an answer without a body", async () => {
    await expect(all(new Response(null))).rejects.toMatchObject({ code: "provider-stream-broken" });
  });
});
