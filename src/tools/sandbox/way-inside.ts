// How a program inside finds its way out: the proxy's socket file is mounted, a bridge from a port of its own loopback to that file
// starts it, and the variables that HTTP clients look at name that port.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Place } from "./confinement.ts";
import type { Way } from "./network.ts";
import { isWithinAny, SYSTEM_FOLDERS } from "./shown-places.ts";

export interface WayInside {
  readonly places: readonly Place[];
  readonly env: Readonly<Record<string, string>>;
  /** Put before the program and its arguments. */
  readonly before: readonly string[];
}

const PLACE = "/run/signalbox";
const SOCKET_FILE = `${PLACE}/network`;
/** Node says how a file is to be read by its ending. */
const BRIDGE = `${PLACE}/bridge.mjs`;
const PORT = 3_128;
const BRIDGE_MEMORY_MB = 64;

export function wayInside({ socketFile, username, password }: Way): WayInside {
  const node = realpathSync(process.execPath);
  const isShown = isWithinAny(node, SYSTEM_FOLDERS);
  const nodeInside = isShown ? node : `${PLACE}/node`;
  const proxy = `http://${username}:${password}@127.0.0.1:${PORT}`;
  const own = "localhost,127.0.0.1,::1";
  return {
    places: [
      { source: socketFile, target: SOCKET_FILE },
      { source: fileURLToPath(new URL("./bridge.js", import.meta.url)), target: BRIDGE },
      ...(isShown ? [] : [{ source: node, target: nodeInside }]),
    ],
    env: {
      ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: own },
      ...{ http_proxy: proxy, https_proxy: proxy, all_proxy: proxy, no_proxy: own },
      NODE_USE_ENV_PROXY: "1",
    },
    before: [nodeInside, `--max-old-space-size=${BRIDGE_MEMORY_MB}`, BRIDGE, SOCKET_FILE, String(PORT)],
  };
}
