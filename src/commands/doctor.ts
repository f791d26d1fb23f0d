// `signalbox doctor`: what is configured, what is missing and how to get it.

import { relative } from "node:path";
import { type DoctorParts, diagnose, type Finding, findingLine } from "../config/doctor.ts";
import { feishuSettings, slackSettings } from "../config/platforms.ts";
import { systemClock } from "../lib/system-clock.ts";
import { openLedger } from "../storage/ledger.ts";
import { lookAtBrowser } from "../tools/browse/open-browse.ts";
import { createSandboxNetwork } from "../tools/sandbox/network.ts";
import { openSandbox } from "../tools/sandbox/open-sandbox.ts";
import { createModels } from "../wiring/models.ts";
import { type Setup, setUp } from "../wiring/set-up.ts";
import { failureLines } from "./failure-lines.ts";
import { programOptions } from "./look-at-programs.ts";
import { findServer } from "./server-file.ts";

export interface Examination {
  readonly text: string;
  readonly isBroken: boolean;
}

export async function examine(folder: string, isJson: boolean): Promise<Examination> {
  const findings = await findingsOf(folder);
  return {
    text: isJson ? `${JSON.stringify({ findings }, null, 2)}\n` : `${findings.map(findingLine).join("\n")}\n`,
    isBroken: findings.some((finding) => finding.level === "broken"),
  };
}

async function findingsOf(folder: string): Promise<readonly Finding[]> {
  try {
    const setup = setUp(folder, process.stderr);
    const models = Object.fromEntries(
      Object.entries(createModels(setup)).map(([role, targets]) => [role, targets.map(({ name }) => name)]),
    );
    const checks = [{ name: "data folder", look: () => lookAtData(setup) }];
    return await diagnose({
      ...setup,
      nodeVersion: process.versions.node,
      models,
      checks,
      options: [
        await sandboxOption(setup),
        await browserOption(setup),
        ...(await programOptions(setup)),
        ...platformsOf(setup),
      ],
    });
  } catch (error) {
    return [{ level: "broken", what: failureLines(error) }];
  }
}

/** With a self-test of the way out too, which serves rules that list hosts. */
async function sandboxOption({ config, folder }: Setup): Promise<DoctorParts["options"][number]> {
  const network = createSandboxNetwork({ timers: systemClock, ...config.fetch });
  try {
    const choice = await openSandbox({ timers: systemClock, level: config.sandbox, network });
    const level = `level ${config.sandbox}`;
    const proven = config.sandbox === "none" ? [] : ["programs run confined and the self-test passed"];
    return {
      name: "Sandbox",
      look: choice.isOn ? async () => [level, ...proven, ...choice.notes].join("; ") : undefined,
      off: `${level} cannot be had: run_command, agents that are programs, the programs in ${relative(folder, config.paths.tools)}/ and MCP servers that are programs are off`,
      mend: choice.isOn ? "" : choice.reason,
    };
  } finally {
    await network.close();
  }
}

/** Without a browser pages are read as text, or not at all: off, and not broken. */
async function browserOption({ config }: Setup): Promise<DoctorParts["options"][number]> {
  const { engine } = config.browse;
  const option = { name: "Browser", off: "browse reads pages without scripts and forms" };
  if (engine === "http") return { ...option, look: undefined, mend: "browse: { engine: auto } in the configuration" };
  try {
    const found = await lookAtBrowser(engine, config.paths.data, systemClock.now);
    return { ...option, look: async () => found, mend: "" };
  } catch (error) {
    const off = engine === "chromium" ? "browse is off" : option.off;
    return { ...option, off, look: undefined, mend: error instanceof Error ? error.message : String(error) };
  }
}

function platformsOf({ environment }: Setup): DoctorParts["options"] {
  return [
    {
      name: "Slack",
      look: lookOf(
        () => slackSettings(environment),
        async (settings) => (await import("../channels/slack/look-at-slack.ts")).lookAtSlack(settings),
      ),
      off: "no credentials are set",
      mend: "put SLACK_BOT_TOKEN and SLACK_APP_TOKEN into .env (docs/slack.md)",
    },
    {
      name: "Feishu/Lark",
      look: lookOf(
        () => feishuSettings(environment),
        async (settings) => (await import("../channels/feishu/look-at-feishu.ts")).lookAtFeishu(settings, systemClock),
      ),
      off: "no credentials are set",
      mend: "put FEISHU_APP_ID and FEISHU_APP_SECRET into .env (docs/feishu.md)",
    },
  ];
}

/** Half a set of credentials is a look that fails. */
function lookOf<Settings>(
  settings: () => Settings | undefined,
  look: (settings: Settings) => Promise<string>,
): (() => Promise<string>) | undefined {
  try {
    const found = settings();
    return found && (() => look(found));
  } catch (error) {
    return () => Promise.reject(error);
  }
}

async function lookAtData({ config }: Setup): Promise<string> {
  const { data } = config.paths;
  const running = await findServer(data);
  if (running !== undefined) return `${data}, in use by the server at ${running}`;
  const store = await openLedger({ folder: data, lockWaitMs: 0 });
  const { sessions, queued, undelivered } = await store.counts();
  await store.close();
  return `${data}: ${sessions} sessions, ${queued} tasks waiting, ${undelivered} messages to send`;
}
