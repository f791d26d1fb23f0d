// What files were before and after each write, kept where no agent can reach: an index and one blob a version. The oldest go first
// when there are too many.

import { createHash, randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { unlessCode } from "./pinned-folder.ts";

const VERSIONS_MAX = 1_000;

const Version = z.strictObject({
  n: z.int().positive(),
  path: z.string(),
  at: z.number(),
  bytes: z.int().nonnegative(),
  hash: z.string(),
  /** Whether a tool wrote it, or it was found there when a tool was about to write. */
  origin: z.enum(["written", "found"]),
});
const Index = z.strictObject({ next: z.int().positive(), versions: z.array(Version) });
export type Version = z.infer<typeof Version>;

export interface Versions {
  of(path: string): Promise<readonly Version[]>;
  content(version: Version): Promise<Buffer>;
  /** Kept once: the same content as the path's newest version is not kept again. */
  keep(path: string, content: Buffer, origin: Version["origin"]): Promise<Version>;
}

export const contentHash = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

export function openVersions(folder: string, now: () => number, bytesMax: number): Versions {
  const indexPath = join(folder, "index.json");
  const blobPath = (n: number): string => join(folder, String(n));

  async function readIndex(): Promise<z.infer<typeof Index>> {
    const text = await readFile(indexPath, "utf8").catch(unlessCode("ENOENT"));
    return text === undefined ? { next: 1, versions: [] } : Index.parse(JSON.parse(text));
  }

  return {
    of: async (path) => (await readIndex()).versions.filter((version) => version.path === path),

    content: async (version) => {
      const content = await readFile(blobPath(version.n));
      if (contentHash(content) !== version.hash)
        throw new Error(`Version ${version.n} is damaged and cannot be restored.`);
      return content;
    },

    keep: async (path, content, origin) => {
      const { next, versions } = await readIndex();
      const hash = contentHash(content);
      const newest = versions.findLast((version) => version.path === path);
      if (newest?.hash === hash) return newest;
      const version: Version = { n: next, path, at: now(), bytes: content.length, hash, origin };
      const { kept, dropped } = withinBounds([...versions, version], bytesMax);
      await writeWhole(blobPath(next), content);
      await writeWhole(indexPath, JSON.stringify({ next: next + 1, versions: kept }));
      for (const old of dropped) await rm(blobPath(old.n), { force: true });
      return version;
    },
  };
}

/** The newest always stays. */
function withinBounds(versions: readonly Version[], bytesMax: number): { kept: Version[]; dropped: Version[] } {
  let bytes = 0;
  const first = versions.findLastIndex((version, index) => {
    bytes += version.bytes;
    return index < versions.length - 1 && (bytes > bytesMax || versions.length - index > VERSIONS_MAX);
  });
  return { kept: versions.slice(first + 1), dropped: versions.slice(0, first + 1) };
}

async function writeWhole(path: string, content: string | Buffer): Promise<void> {
  const half = `${path}.${randomBytes(6).toString("hex")}`;
  const handle = await open(half, "wx", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(half, path);
}
