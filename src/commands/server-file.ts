// Where a running server says that it runs, so that other commands on the same data folder find it.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const FILE = "server.json";
const HEALTH_MS_MAX = 1_000;
const content = z.object({ url: z.url() });

export function announceServer(dataFolder: string, url: string): () => void {
  const file = join(dataFolder, FILE);
  mkdirSync(dataFolder, { recursive: true });
  writeFileSync(file, JSON.stringify({ url, pid: process.pid }), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** The address of the server that runs on this data folder, if one answers. */
export async function findServer(dataFolder: string): Promise<string | undefined> {
  try {
    const { url } = content.parse(JSON.parse(readFileSync(join(dataFolder, FILE), "utf8")));
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS_MAX) });
    return response.ok ? url : undefined;
  } catch {
    // No file, or one that a killed server left: nobody answers there.
    return undefined;
  }
}
