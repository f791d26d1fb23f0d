// The simulators' command line: `node test/simulators/sim.ts slack [--port N]` plays a platform by hand.

import { parseArgs } from "node:util";

/** Loaded only when it is asked for; each one reads stdin until its player has had enough. */
const SIMULATORS: Readonly<Record<string, (port: number) => Promise<void>>> = {
  async slack(port) {
    const { startSlackSimulator } = await import("./slack/slack-simulator.ts");
    const { playSlack } = await import("./slack/slack-prompt.ts");
    await playSlack(await startSlackSimulator({ port, seed: Date.now() }));
  },
  async feishu(port) {
    const { startFeishuSimulator } = await import("./feishu/feishu-simulator.ts");
    const { playFeishu } = await import("./feishu/feishu-prompt.ts");
    await playFeishu(await startFeishuSimulator({ port }));
  },
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { port: { type: "string", default: "0" } },
});
const play = SIMULATORS[positionals[0] ?? ""];
if (play) {
  await play(Number(values.port));
} else {
  process.stderr.write(`Which one? ${Object.keys(SIMULATORS).join(", ")}\n`);
  process.exitCode = 2;
}
