// A dispatcher that dials checked addresses only. Proxies of the environment are not looked at.

import { Agent, buildConnector } from "undici";
import { createCheckedDial, type ResolveName } from "./checked-dial.ts";

export interface GuardedAgentOptions {
  /** Networks that may be dialled although they are not public, each in so many words. */
  readonly allowCidrs?: readonly string[] | undefined;
  readonly connectMs: number;
  readonly headerBytesMax: number;
  readonly resolve?: ResolveName | undefined;
}

const CONNECTIONS_PER_ORIGIN_MAX = 8;
const ORIGINS_MAX = 200;
const IDLE_MS = 4_000;

export function createGuardedAgent(options: GuardedAgentOptions): Agent {
  const { connectMs, headerBytesMax } = options;
  const { lookup, checkLiteral } = createCheckedDial(options.allowCidrs, options.resolve);
  const connect = buildConnector({ lookup, timeout: connectMs, allowH2: false });
  return new Agent({
    connect: (target, callback) => {
      try {
        checkLiteral(target.hostname);
      } catch (error) {
        callback(error instanceof Error ? error : new Error(String(error)), null);
        return;
      }
      connect(target, callback);
    },
    allowH2: false,
    maxHeaderSize: headerBytesMax,
    connections: CONNECTIONS_PER_ORIGIN_MAX,
    maxOrigins: ORIGINS_MAX,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
  });
}
