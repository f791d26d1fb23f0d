// Runs inside of a sandbox whose network is closed: what connects to a port of its loopback is passed on to the socket file of our
// proxy outside. It starts the program, and ends with it. `node bridge.mjs <socket file> <port> <program> [arguments]`

import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { constants } from "node:os";
import { pipeline } from "node:stream";

const [socketFile = "", port, program = "", ...args] = process.argv.slice(2);
const NOT_STARTED = 127;

const server = createServer({ allowHalfOpen: true }, (client) => {
  const proxy = connect({ path: socketFile, allowHalfOpen: true });
  const end = () => {};
  pipeline(client, proxy, end);
  pipeline(proxy, client, end);
});
server.listen(Number(port), "127.0.0.1", () => {
  const child = spawn(program, args, { stdio: "inherit" });
  child.on("error", ({ message }) => {
    process.stderr.write(`${message}\n`);
    process.exit(NOT_STARTED);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
});
