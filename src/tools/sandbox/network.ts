// The way out for programs whose rule lists hosts. Their network namespace stays closed; all they reach is the socket file of our
// proxy, which knows by the pass in whose name they ask, and dials what both the rule and safe fetching allow.

import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Timers } from "../../lib/abort.ts";
import { type GuardedProxy, openGuardedProxy } from "../../lib/guarded-proxy/guarded-proxy.ts";
import { createHostRules } from "../../lib/guarded-proxy/host-rules.ts";
import type { ResolveName } from "../../lib/safe-fetch/checked-dial.ts";

export interface NetworkParts {
  readonly timers: Timers;
  readonly allowCidrs: readonly string[];
  readonly ports: readonly number[];
  readonly resolve?: ResolveName;
}

/** One program's way out. */
export interface Way {
  readonly socketFile: string;
  readonly username: string;
  readonly password: string;
  close(): void;
}

export interface SandboxNetwork {
  open(hosts: readonly string[]): Promise<Way>;
  close(): Promise<void>;
}

/** Of one program, both ways together. */
const BYTES_MAX = 4 * 1024 ** 3;

export function createSandboxNetwork({ timers, allowCidrs, ports, resolve }: NetworkParts): SandboxNetwork {
  let opening: Promise<{ proxy: GuardedProxy; place: string }> | undefined;

  async function listen() {
    // Closed to others; a program gets the socket file alone, by a mount.
    const place = await mkdtemp(join(tmpdir(), "signalbox-network-"));
    const socketFile = join(place, randomBytes(4).toString("hex"));
    try {
      const proxy = await openGuardedProxy({ timers, allowCidrs, ports, socketFile, ...(resolve ? { resolve } : {}) });
      await chmod(socketFile, 0o666);
      return { proxy, place };
    } catch (error) {
      await rm(place, { recursive: true, force: true });
      throw error;
    }
  }

  return {
    open: async (hosts) => {
      opening ??= listen();
      const { proxy } = await opening.catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      const isListed = createHostRules(hosts);
      const pass = proxy.admit({
        bytesMax: BYTES_MAX,
        refuse: (host) =>
          isListed(host) ? undefined : `${host} is not among the hosts that are listed for this program.`,
      });
      return { socketFile: proxy.address, username: pass.username, password: pass.password, close: pass.close };
    },
    close: async () => {
      const opened = await opening?.catch(() => undefined);
      opening = undefined;
      await opened?.proxy.close();
      if (opened) await rm(opened.place, { recursive: true, force: true });
    },
  };
}
