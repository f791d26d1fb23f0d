// What must not leave, leaves not; what is no secret, stays; and no text makes it slow. The keys here are made up.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/lib/redact.ts";
import { threadCpuMs } from "../support/thread-cpu-ms.ts";

const redact = createRedactor([]);
const MARK = "[redacted]";

const KEYS: readonly (readonly [name: string, key: string])[] = [
  ["OpenAI", "sk-T3BlbkFJabcdefghij0123456789ABCDEFGH"],
  ["OpenAI, of a project", "sk-proj-Ab3_dE-fGh1jKlMnOpQrStUvWxYz0123456789"],
  ["OpenAI, letters only", "sk-abcdefghijklmnopqrstuvwxyz"],
  ["Anthropic", "sk-ant-api03-Ab3dEfGh-1jKlMnOpQrStUvWxYz_0123456789AA"],
  ["OpenRouter", "sk-or-v1-0123456789abcdef0123456789abcdef"],
  ["DeepSeek", "sk-0123456789abcdef0123456789abcdef"],
  ["Slack's bot", "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"],
  ["Slack's user", "xoxp-123456789012-123456789012-123456789012-abcdef0123456789"],
  ["Slack's app", "xapp-1-A0123456789-1234567890123-abcdef0123456789abcdef"],
  ["Slack's rotating", "xoxe.xoxp-1-Mi0yLTEyMzQ1Njc4OTAxMi0xMjM0NTY3ODkwMTI"],
  ["Slack's cookie", "xoxd-AbCdEfGhIjKlMnOp0123456789"],
  ["Feishu's tenant", "t-g1044qeGEDXTB6NDJOGV4JQCYDGHRBARFTGT1234"],
  ["GitHub", "ghp_0123456789abcdefABCDEF0123456789abcd"],
  ["GitHub, fine-grained", "github_pat_11ABCDEFG0123456789_abcdefghijklmnop"],
  ["AWS", "AKIAIOSFODNN7EXAMPLE"],
  ["Google", "AIzaSyA-0123456789abcdefghijklmnopqrstu"],
  ["Stripe", "sk_live_0123456789abcdefABCDEF01"],
  ["npm", "npm_0123456789abcdefABCDEF0123456789abcd"],
  ["a signed token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA0123456789+/abc=\n-----END RSA PRIVATE KEY-----"],
];

describe("keys of vendors", () => {
  const places: readonly ((key: string) => string)[] = [
    (key) => key,
    (key) => `the key ${key} was refused`,
    (key) => `(${key})`,
    (key) => `key:${key},`,
    (key) => `"${key}"`,
    (key) => `中文${key}。`,
    (key) => `https://x.example/?k=${key}&y=1`,
    (key) => `first line\n${key}\tlast`,
  ];

  test.each(KEYS)("%s: gone wherever it stands, in plain text and in lines of JSON inside JSON", (_name, key) => {
    const core = key.replace(/^-----[^-]*-----\n|\n-----.*$/g, "");
    for (const place of places) {
      const text = place(key);
      for (const form of [
        text,
        JSON.stringify({ message: text }),
        JSON.stringify({ body: JSON.stringify({ text }) }),
      ]) {
        const clean = redact(form);
        expect(clean).toContain(MARK);
        for (const part of [core, core.slice(-12), JSON.stringify(core).slice(1, -1)])
          expect(clean).not.toContain(part);
      }
    }
  });
});

describe("what is named as a secret", () => {
  const secrets = ["aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF", "hunter22", "p4ss.w0rd-x", "wJalrXUtnFEMI/K7MDENG/bPxRfi"];
  const named: readonly ((secret: string) => string)[] = [
    (secret) => `FEISHU_APP_SECRET=${secret}`,
    (secret) => `app_secret=${secret}&app_id=cli_1`,
    (secret) => `{"app_id":"cli_1","app_secret":"${secret}"}`,
    (secret) => JSON.stringify({ body: JSON.stringify({ app_secret: secret }) }),
    (secret) => JSON.stringify({ body: JSON.stringify({ body: JSON.stringify({ appSecret: secret }) }) }),
    (secret) => `{ 'encryptKey': '${secret}' }`,
    (secret) => `SLACK_SIGNING_SECRET="${secret}"`,
    (secret) => `verification_token: ${secret}`,
    (secret) => `AWS_SECRET_ACCESS_KEY=${secret}`,
    (secret) => `X-Api-Key: ${secret}`,
    (secret) => `https://api.example/?access_token=${secret}&x=1`,
    (secret) => `password = ${secret}`,
    (secret) => `passwd:${secret}`,
    (secret) => `密码：${secret}`,
    (secret) => `密钥: ${secret}`,
    (secret) => `口令=${secret}`,
    (secret) => `Authorization: Bearer ${secret}`,
    (secret) => `{"authorization":"Bearer ${secret}"}`,
    (secret) => `-H 'Authorization: Basic ${secret}'`,
    (secret) => `postgres://signalbox:${secret.replaceAll("/", "%2F")}@db.example/x`,
    (secret) => `redis://:${secret.replaceAll("/", "%2F")}@cache`,
    (secret) => `mongodb+srv://u:${secret.replaceAll("/", "%2F")}@h`,
    (secret) => `https://user:${secret.replaceAll("/", "%2F")}@git.example/r.git`,
  ];

  test.each(named.map((write) => [write("…"), write] as const))("%s", (_shape, write) => {
    for (const secret of secrets) {
      for (const text of [write(secret), `before ${write(secret)} after`, JSON.stringify({ text: write(secret) })]) {
        const clean = redact(text);
        expect(clean).toContain(MARK);
        expect(clean).not.toContain(secret);
        expect(clean).not.toContain(secret.slice(2));
      }
    }
  });

  test("the name, the user and the host stay, so that a reader knows what it was", () => {
    expect(redact("FEISHU_APP_SECRET=aB3dE6gH9jK2")).toBe(`FEISHU_APP_SECRET=${MARK}`);
    expect(redact("postgres://signalbox:hunter22@db:5432/x")).toBe(`postgres://signalbox:${MARK}@db:5432/x`);
    expect(redact("Authorization: Bearer abcdef123456")).toBe(`Authorization: Bearer ${MARK}`);
    expect(redact("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX")).toBe(
      `https://hooks.slack.com/services/${MARK}`,
    );
  });
});

describe("what is no secret stays word for word", () => {
  test.each([
    "The basic understanding of the bearer authentication scheme is required.",
    "The secret: nobody knows it. The password: forgotten.",
    "She keeps a secret garden; the token of my affection is a key.",
    "Tokens: 123456 in, 7890 out; maxTokens=200000, outputTokens: 128000",
    "密码：请联系管理员获取。密钥：见文档。口令是什么？",
    "请在设置里填写 API 密钥，然后重新启动服务。",
    `set OPENAI_API_KEY=... or ANTHROPIC_API_KEY=\${KEY} in .env`,
    "an admin token is needed: Authorization: Bearer <SIGNALBOX_ADMIN_TOKEN>",
    "密钥：OPENAI_API_KEY",
    'const token = await getToken(request); if (!token) throw new Error("no token");',
    "login(user=user, password=password, token=self.token)",
    'os.environ["API_KEY"]; secret=os.environ[NAME]; token=get_token(1)',
    "interface Login { password: string; token: string | undefined; secret: unknown }",
    '{"type":"object","properties":{"password":{"type":"string"},"token":{"type":"string"}},"required":["password"]}',
    '{"inputTokens":123456,"token":1234567,"secret":null,"authorization":false}',
    "class sk-folding-cube-animation { } .sk-circle-fade-dot-one",
    "task-management-dashboard-component, risk-assessment-of-0123456789",
    "eyes, eyeliner.eyebrow.eyelash; hey-eyJust.ey",
    "https://example.com:8080/path@x?y=1 http://localhost:8787/api ssh://git@github.com/a/b.git",
    "2026-11-21T09:00:00.000Z session=web:abc task=task_m3x0123456789abcdef trace=trace_0123456789abcdef",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "password: 12",
  ])("%s", (text) => {
    expect(redact(text)).toBe(text);
    expect(redact(JSON.stringify({ text }))).toBe(JSON.stringify({ text }));
  });
});

describe("known values", () => {
  const secret = 'correct "horse"\\battery+staple';

  test("go in every form they are written in: plain, JSON, URL, base64", () => {
    const clean = createRedactor([secret]);
    for (const text of [
      secret,
      JSON.stringify({ a: secret }),
      `?k=${encodeURIComponent(secret)}`,
      Buffer.from(secret).toString("base64"),
      `${secret}${secret}x`,
    ]) {
      expect(clean(text)).not.toMatch(/horse|battery|Y29ycmVjd/);
      expect(clean(text)).toContain(MARK);
    }
  });

  test("the longest goes first, so that nothing of it stays behind a shorter one", () => {
    expect(createRedactor(["abcdefgh", "abcdefghijklmnop"])("abcdefghijklmnop")).toBe(MARK);
  });

  test("a value shorter than eight characters stays: it would take ordinary words along", () => {
    expect(createRedactor(["secret", ""])("a secret place")).toBe("a secret place");
  });

  test("signs that mean something in patterns or replacements are plain text", () => {
    expect(createRedactor(["a.*b$&(c)[d]"])("x a.*b$&(c)[d] axxb y")).toBe(`x ${MARK} axxb y`);
  });
});

describe("a line of JSON", () => {
  const word = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom(
      "password",
      "token",
      "app_secret",
      "authorization",
      "密码",
      'api_key":"x12345678"',
      "token=abc123456\\",
      "Bearer abc123456789\n",
      "\\",
      '"',
      "sk-ant-api03-abcdefgh12345678",
      "https://u:p4ssw0rd@h",
    ),
    fc.constantFrom(...KEYS.map(([, key]) => key)),
  );
  const value = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      word,
      fc.integer(),
      fc.constantFrom(null, true, 12345678, 1.5e300),
      fc.array(word, { maxLength: 4 }).map((words) => words.join(" ")),
      word.map((inner) => JSON.stringify({ password: inner, inner: JSON.stringify({ token: inner }) })),
      fc.array(tie("json"), { maxLength: 4 }),
      fc.dictionary(word, tie("json"), { maxKeys: 4 }),
    ),
  })).json;

  test("stays a line of JSON with the same keys that are no secrets, whatever stands in it", () => {
    fc.assert(
      fc.property(value, (json) => {
        const line = JSON.stringify(json);
        const clean = redact(line);
        expect(() => JSON.parse(clean)).not.toThrow();
        expect(clean).not.toContain("\n");
      }),
      { numRuns: 3_000 },
    );
  });

  test("a number that is a password goes, and the line stays JSON", () => {
    expect(JSON.parse(redact('{"password":12345678,"n":[1]}'))).toEqual({ password: MARK, n: [1] });
  });
});

describe("time", () => {
  const cost = (text: string): number => threadCpuMs(() => redact(text));

  test.each([
    "a",
    "a.",
    "sk-",
    "sk-a",
    "ey.",
    "ey-",
    "eyaaaaaaaaaaaa.",
    "xoxb-",
    "t-",
    "token=",
    "token:",
    "password: ",
    '"token":"',
    '\\"token\\":\\"',
    "密码：",
    "bearer ",
    "Authorization: Bearer ",
    "http://a:",
    "http://",
    "a+",
    "-----BEGIN PRIVATE KEY-----",
    "\\n",
    "=",
    " ",
    "0",
  ])("grows with the length only, for a long run of %j", (unit) => {
    const text = (length: number): string => unit.repeat(Math.ceil(length / unit.length));
    cost(text(1_000));
    const short = cost(text(40_000));
    const long = cost(text(400_000));
    // Ten times the text; a quadratic pattern takes a hundred times as long.
    expect(long / Math.max(short, 0.5)).toBeLessThan(45);
  });
});
