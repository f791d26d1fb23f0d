// The skill csv-chart as people use it: an attached table becomes a picture in the conversation, by the skill's own steps, with no
// right but to send files.

import { join } from "node:path";
import { expect, test } from "vitest";
import { silentLog } from "../../src/core/log.ts";
import { createSkillLibrary } from "../../src/skills/skill-library.ts";
import { createDrawChart } from "../../src/tools/draw-chart.ts";
import { createSendFile } from "../../src/tools/send-file.ts";
import { keepAttachment } from "../../src/tools/workspace/keep-attachment.ts";
import { createWriteFile } from "../../src/tools/write-file.ts";
import { decodePng, inkIn } from "../support/decode-png.ts";
import type { Script } from "../support/fake-model.ts";
import { startTestApp } from "../support/start-test-app.ts";
import { workspacesForTests } from "../tools/workspace/workspace-for-tests.ts";

const SESSION = "slack:general";
const TABLE = "月份,销量\n四月,5\n五月,3\n六月,8\n";
const call = (name: string, args: object): Script => ({ calls: [{ name, arguments: args }] });

test("an attached CSV comes back as a chart, and nothing else is offered on the way", async () => {
  const { workspaces, remove } = workspacesForTests();
  const skills = createSkillLibrary({
    folder: join(import.meta.dirname, "../../skills"),
    log: silentLog,
    hasBin: () => false,
    hasEnv: () => false,
  });
  await skills.reload();
  await using bot = await startTestApp({
    skills,
    tools: [createDrawChart(workspaces), createSendFile(workspaces), createWriteFile(workspaces)],
    keepFile: (session, name, content) => keepAttachment(workspaces, session, name, content),
    config: "roles: { member: { users: ['*'], grants: [chat.file, fs.write] } }\napprovals: { capabilities: [] }",
    model: [
      call("open_skill", { name: "csv-chart" }),
      call("draw_chart", { kind: "bar", path: "attachments/销量.csv", title: "各月销量" }),
      call("send_file", { path: "charts/各月销量.png" }),
      "六月最高（8），五月最低（3）。",
    ],
  });
  bot.chat.files.set("销量.csv", { mediaType: "text/csv", bytes: Buffer.from(TABLE) });
  const file = { name: "销量.csv", mediaType: "text/csv", bytes: TABLE.length, at: "销量.csv" };
  await bot.say("画一个柱状图", { files: [file] });
  await bot.idle();

  expect(bot.chat.posts.map(({ kind }) => kind)).toEqual(["file", "answer"]);
  const [sent] = bot.chat.posts;
  expect(sent).toMatchObject({ session: SESSION, file: { name: "各月销量.png", mediaType: "image/png" } });
  const picture = decodePng((await bot.store.fileContent(sent?.file?.hash ?? "")) ?? new Uint8Array());
  expect(inkIn(picture)).toBeGreaterThan(20_000);

  const [first, followed] = bot.model.requests;
  expect(first?.system).toContain("csv-chart");
  expect(JSON.stringify(first?.items)).toContain("in the workspace as attachments/销量.csv");
  expect(first?.tools.map(({ name }) => name)).toContain("write_file");
  expect(followed?.tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["draw_chart", "send_file"]));
  expect(followed?.tools.map(({ name }) => name)).not.toContain("write_file");
  remove();
}, 120_000);

test("a name that would lead out of the folder becomes a plain one, and one folder holds all", async () => {
  const { workspaces, remove } = workspacesForTests();
  const keep = (name: string) => keepAttachment(workspaces, SESSION, name, Buffer.from("x"));
  expect(await keep("../../etc/passwd")).toBe("attachments/etc_passwd");
  expect(await keep(".bashrc")).toBe("attachments/bashrc");
  expect(await keep("a\u202egnp.csv\0")).toBe("attachments/a_gnp.csv_");
  expect(await keep("///")).toBe("attachments/file");
  expect(await keep(`${"长".repeat(300)}.csv`)).toMatch(/^attachments\/长{76}\.csv$/);
  remove();
});
