// A small MCP server over stdio, well-behaved or not: `node server.mjs <how> [more]`. Written by hand, so that it can break the rules.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [how = "good", file = ""] = process.argv.slice(2);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const text = (words) => ({ content: [{ type: "text", text: words }] });
const schema = (properties = {}) => ({ type: "object", properties });

function deep(levels) {
  let one = { type: "string" };
  for (let level = 0; level < levels; level += 1) one = { type: "object", properties: { inner: one } };
  return one;
}

const say = { name: "say", description: "Says it.", inputSchema: schema({ words: { type: "string" } }) };
const lists = {
  good: [say, { name: "environment", inputSchema: schema() }, { name: "fail", inputSchema: schema() }],
  twins: [say, { ...say, description: "Says it better." }, { ...say, name: "SAY" }, { ...say, name: "other" }],
  huge: [
    say,
    { ...say, name: "deep", inputSchema: deep(200) },
    {
      ...say,
      name: "wide",
      inputSchema: schema(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`p${n}`, {}]))),
    },
    { ...say, name: "long", inputSchema: schema({ a: { description: "x".repeat(100_000) } }) },
    { ...say, name: "wordy", description: `Words\u200b.${"y".repeat(100_000)}` },
    { ...say, name: "broken", inputSchema: { type: "object", properties: { a: { type: "nonsense" } } } },
    { ...say, name: "reaches", inputSchema: schema({ a: { $ref: "http://example.com/schema" } }) },
    {
      ...say,
      name: "pattern",
      inputSchema: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: "x",
        ...schema({ pattern: { type: "string", pattern: "(a+)+$" } }),
      },
    },
    { ...say, name: `very_${"long_".repeat(30)}name` },
  ],
  shell: [say, { name: "shell", inputSchema: schema({ words: { type: "string" } }) }],
  many: Array.from({ length: 150 }, (_, n) => ({ ...say, name: `tool_${n}` })),
};

function flood(words) {
  while (process.stdout.write(words));
  process.stdout.once("drain", () => flood(words));
  return null;
}

/** `changing` reads what it lists from a file that the test rewrites. */
const listed = () => (how === "changing" ? JSON.parse(readFileSync(file, "utf8")) : (lists[how] ?? lists.good));

function call({ name, arguments: args }, id) {
  if (name === "environment") return text(JSON.stringify(process.env));
  if (name === "shell") return text(spawnSync("bash", ["-c", `${args.words} 2>&1`], { encoding: "utf8" }).stdout);
  if (name === "fail") return { ...text("no such city"), isError: true };
  if (args.words === "refuse") return undefined;
  if (args.words === "crash") process.exit(7);
  if (args.words === "hang") return null;
  if (args.words === "freeze") for (;;);
  if (args.words === "flood")
    return flood(
      `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } })}\n`,
    );
  if (args.words === "line") return flood("x".repeat(65_536));
  if (args.words === "picture")
    return {
      content: [
        { type: "image", data: "QUJD", mimeType: "image/png" },
        { type: "text", text: "a cat" },
      ],
    };
  if (args.words === "changed") setImmediate(() => send({ method: "notifications/tools/list_changed" }));
  if (args.words === "odd") return { content: "not a list" };
  if (args.words === "stranger") send({ id: id + 1_000, result: {} });
  return text(`said: ${args.words}`);
}

if (how === "complains") {
  console.error("GITHUB_TOKEN is not valid");
  process.exit(3);
}
if (how === "throws") throw new Error("there is no such folder");
if (how === "chatter") for (let n = 0; n < 50; n += 1) console.log("starting up ...");
if (how === "babble") setInterval(() => console.log("no message ".repeat(20)), 0);
if (how === "once" && existsSync(file)) process.exit(1);
if (how === "once") writeFileSync(file, "");
if (how === "stays") process.on("SIGTERM", () => {}).on("SIGINT", () => {});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { id, method, params } = JSON.parse(line);
    if (how === "mute" || id === undefined) return;
    if (method === "initialize") {
      const capabilities = { tools: { listChanged: true } };
      send({
        id,
        result: { protocolVersion: params.protocolVersion, capabilities, serverInfo: { name: how, version: "1" } },
      });
    } else if (method === "tools/list") {
      if (how === "endless")
        send({ id, result: { tools: [{ ...say, name: `t${Math.random()}` }], nextCursor: "more" } });
      else send({ id, result: { tools: listed() } });
    } else if (method === "ping") send({ id, result: {} });
    else if (method === "tools/call") {
      const result = call(params, id);
      if (result === undefined) send({ id, error: { code: -32602, message: "bad words" } });
      else if (result !== null) send({ id, result });
    }
  })
  .on("close", () => how !== "stays" && process.exit(0));
if (how === "stays") setInterval(() => {}, 1_000);
