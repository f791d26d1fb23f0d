// Real Bolt apps against the simulator, set up as little as can be: for the simulator's own tests.

import { App, HTTPReceiver, SocketModeReceiver } from "@slack/bolt";
import { silence } from "./plain-client.ts";
import type { SlackSimulator } from "./slack-simulator.ts";

/** Makes the client's reconnecting quick: it waits as long as this, times its failures. */
const PING_TIMEOUT_MS = 120;

const identity = (sim: SlackSimulator, isKnown = true) => ({
  token: sim.botToken,
  ...(isKnown ? { botId: sim.botId, botUserId: sim.botUserId } : {}),
  logger: silence,
  clientOptions: { slackApiUrl: sim.apiUrl },
});

/** Without a known identity Bolt asks `auth.test` before it acknowledges anything. */
export async function socketBot(sim: SlackSimulator, { isIdentityKnown = true } = {}) {
  const receiver = new SocketModeReceiver({
    appToken: sim.appToken,
    logger: silence,
    clientPingTimeout: PING_TIMEOUT_MS,
    installerOptions: { clientOptions: { slackApiUrl: sim.apiUrl } },
  });
  const app = new App({ ...identity(sim, isIdentityKnown), receiver });
  await app.start();
  return {
    app,
    /** The next time the client is connected. Stopping it in the middle of that is a rejection nobody can catch. */
    connected: () => new Promise((resolve) => receiver.client.once("connected", resolve)),
    /** Bolt says that it has stopped before its socket is closed. */
    async [Symbol.asyncDispose]() {
      await app.stop();
      await sim.until(() => sim.sockets.open.length === 0);
    },
  };
}

export async function httpBot(sim: SlackSimulator) {
  const receiver = new HTTPReceiver({ signingSecret: sim.signingSecret, logger: silence });
  const app = new App({ ...identity(sim), receiver });
  const server = await receiver.start({ port: 0, host: "127.0.0.1" });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}/slack/events`;
  return { app, url, [Symbol.asyncDispose]: async () => void (await app.stop()) };
}
