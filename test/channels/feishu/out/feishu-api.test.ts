// The calls themselves: what each failure means, the token, the rates, and that no secret gets into the log.

import { describe, expect, test } from "vitest";
import { createFeishuApi, type FeishuApi } from "../../../../src/channels/feishu/feishu-api.ts";
import { FeishuFailure } from "../../../../src/channels/feishu/feishu-failure.ts";
import { silentLog } from "../../../../src/core/log.ts";
import type { FeishuSettings } from "../../../../src/core/platform-settings.ts";
import { type FeishuSimulator, startFeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import { eventually } from "../../../support/eventually.ts";
import { MovedClock } from "./moved-clock.ts";

function apiOf(sim: FeishuSimulator, change: Partial<FeishuSettings> = {}, clock = new MovedClock()) {
  const lines: string[] = [];
  const write = (event: string, fields: object = {}): void => {
    lines.push(`${event} ${JSON.stringify(fields)}`);
  };
  const log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const { appId, appSecret, domain } = sim;
  const settings: FeishuSettings = { appId, appSecret, domain, transport: { mode: "ws" }, ...change };
  return { api: createFeishuApi({ settings, clock, log }), lines, settings };
}

async function failureOf(call: Promise<unknown>): Promise<FeishuFailure> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof FeishuFailure)) throw new Error(`no FeishuFailure but ${String(thrown)}`);
  return thrown;
}

const info = (api: FeishuApi) => api.call("GET", "/bot/v3/info");

describe.concurrent("a failure", () => {
  test("says whether it was done, by what came back", async () => {
    await using sim = await startFeishuSimulator();
    const { api } = apiOf(sim);
    await info(api);
    const cases = [
      ["http500", "uncertain"],
      ["reset", "uncertain"],
      [{ code: 230001 }, "refused"],
      [{ code: 230001, httpStatus: 200 }, "refused"],
      [{ code: 230049 }, "retry"],
      [{ code: 200810 }, "retry"],
    ] as const;
    for (const [how, kind] of cases) {
      sim.fault({ operation: "bot.info", how });
      expect((await failureOf(info(api))).kind).toBe(kind);
    }
    const { api: nowhere } = apiOf(sim, { domain: "http://127.0.0.1:9" });
    expect((await failureOf(info(nowhere))).kind).toBe("retry");
  });

  test("names what is inside of the envelope, the log's id, and not what was said", async () => {
    await using sim = await startFeishuSimulator();
    const { api, lines } = apiOf(sim);
    const text = "ext=ErrCode: 11310; ErrMsg: too many; ErrorValue: a private text";
    sim.fault({ operation: "bot.info", how: { code: 230099, text } });
    const failure = await failureOf(info(api));
    expect(failure).toMatchObject({ code: 230099, innerCode: 11310, kind: "refused" });
    expect(lines.join()).toContain("log-2");
    expect(lines.join()).not.toContain("private");
  });

  test("of a missing permission says which and where", async () => {
    await using sim = await startFeishuSimulator({ scopes: [] });
    const { api } = apiOf(sim);
    const failure = await failureOf(api.call("POST", "/cardkit/v1/cards", { body: {} }));
    expect(failure.scopes).toEqual(["cardkit:card:write"]);
    expect(failure.grantUrl).toContain("https://open.feishu.cn/app/");
  });

  test("of the app's secret is told without the secret", async () => {
    await using sim = await startFeishuSimulator();
    const { api, lines } = apiOf(sim, { appSecret: "a-wrong-secret-0123456789" });
    const failure = await failureOf(info(api));
    expect(failure).toMatchObject({ code: 10014, kind: "refused", isAppRefused: true });
    expect(`${lines.join()} ${failure.stack} ${JSON.stringify(failure)}`).not.toContain("a-wrong-secret");
    const { api: right, lines: told } = apiOf(sim);
    sim.fault({ operation: "bot.info", how: "http500", times: 3 });
    await failureOf(info(right));
    expect(told.join()).not.toContain("t-g1");
  });
});

test("a call that its caller gives up is no warning", async () => {
  await using sim = await startFeishuSimulator();
  const { settings } = apiOf(sim);
  const levels: string[] = [];
  const write = (level: string) => (event: string) => void levels.push(`${level} ${event}`);
  const log = { ...silentLog, debug: write("debug"), warn: write("warn") };
  const api = createFeishuApi({ settings, clock: new MovedClock(), log });
  await info(api);
  sim.fault({ operation: "bot.info", how: "hang" });
  const caller = new AbortController();
  const failing = failureOf(api.call("GET", "/bot/v3/info", { signal: caller.signal }));
  await eventually(() => expect(sim.callsOf("bot.info")).toHaveLength(2));
  caller.abort(new Error("the answer is complete"));
  await failing;
  sim.fault({ operation: "bot.info", how: "http500" });
  await failureOf(info(api));
  expect(levels).toEqual(["debug feishu call failed", "warn feishu call failed"]);
});

describe.concurrent("calls", () => {
  test("share one token, and one new one when it is taken back", async () => {
    await using sim = await startFeishuSimulator();
    const { api } = apiOf(sim);
    await Promise.all(Array.from({ length: 20 }, () => info(api)));
    expect(sim.callsOf("token")).toHaveLength(1);
    sim.tokens.revoke();
    await Promise.all(Array.from({ length: 20 }, () => info(api)));
    expect(sim.callsOf("token")).toHaveLength(2);
  });

  test("renew a token before it ends", async () => {
    const clock = new MovedClock();
    await using sim = await startFeishuSimulator({ clock });
    const { api } = apiOf(sim, {}, clock);
    await info(api);
    clock.move(118 * 60_000);
    await info(api);
    expect(sim.callsOf("token")).toHaveLength(2);
    expect(sim.callsOf("bot.info").map(({ code }) => code)).toEqual([0, 0]);
  });

  test("end at their deadline when nothing comes", async () => {
    const clock = new MovedClock();
    await using sim = await startFeishuSimulator({ clock });
    const { api } = apiOf(sim, {}, clock);
    await info(api);
    sim.fault({ operation: "bot.info", how: "hang" });
    const failing = failureOf(info(api));
    await eventually(() => expect(sim.callsOf("bot.info")).toHaveLength(2));
    clock.move(11_000);
    expect((await failing).kind).toBe("uncertain");
  });

  test("in one lane keep its rate, in their order; another lane does not wait", async () => {
    const clock = new MovedClock();
    await using sim = await startFeishuSimulator({ clock });
    const { api } = apiOf(sim, {}, clock);
    const done: string[] = [];
    const call = async (lane: string, name: string) => {
      await api.call("GET", "/bot/v3/info", { lane });
      done.push(name);
    };
    const slow = Array.from({ length: 7 }, (_, index) => call("chat:a", `a${index}`));
    await Promise.all(slow.slice(0, 5));
    await call("chat:b", "b");
    expect(done).toEqual(["a0", "a1", "a2", "a3", "a4", "b"]);
    clock.move(1_000);
    await Promise.all(slow);
    expect(done.slice(-2)).toEqual(["a5", "a6"]);
  });

  test.each([
    { code: 99991400, httpStatus: 400, headers: { "x-ogw-ratelimit-reset": "30" }, ms: 30_000 },
    { code: 230020, httpStatus: 400, headers: {}, ms: 600 },
  ])("wait as the platform says ($code), and only where it says so", async ({ ms, ...how }) => {
    const clock = new MovedClock();
    await using sim = await startFeishuSimulator({ clock });
    const { api } = apiOf(sim, {}, clock);
    sim.fault({ operation: "bot.info", how });
    const held = api.call("GET", "/bot/v3/info", { lane: "chat:a" });
    await sim.until(() => sim.callsOf("bot.info").length === 1, { what: "the limit" });
    for (let calls = 2; calls <= 4; calls += 1) {
      await api.call("GET", "/bot/v3/info", { lane: "chat:b" });
      expect(sim.callsOf("bot.info")).toHaveLength(calls);
    }
    clock.move(ms);
    await held;
    expect(sim.callsOf("bot.info")).toHaveLength(5);
  });

  test("bring files, up to a size", async () => {
    await using sim = await startFeishuSimulator();
    const { api } = apiOf(sim);
    const bytes = new TextEncoder().encode("文件的内容 ".repeat(100));
    const uploaded = await api.upload(
      "/im/v1/files",
      { file_type: "stream", file_name: "一.txt" },
      { field: "file", name: "一.txt", bytes },
    );
    const path = `/im/v1/files/${String(uploaded.file_key)}`;
    const signal = new AbortController().signal;
    expect((await api.download(path, {}, 1e6, signal)).bytes).toEqual(bytes);
    expect(await failureOf(api.download(path, {}, 100, signal))).toMatchObject({ code: 413, kind: "refused" });
    expect(await failureOf(api.download("/im/v1/files/none", {}, 100, signal))).toMatchObject({ kind: "refused" });
  });
});
