// The folder that an MCP server has for itself, its HOME: kept between starts, seen by no other server. Where ours is root, it belongs
// to a user of that server's own.

import { createHash } from "node:crypto";
import { chown, lstat, mkdir } from "node:fs/promises";
import { basename } from "node:path";

/** A range no system gives to its users, and no session has. */
const FIRST_OWNER = 0x6000_0000;
const OWNERS = 0x0ffe_ffff;

export async function makeServerHome(home: string, isRoot = process.getuid?.() === 0): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (!isRoot) return;
  const owner = FIRST_OWNER + (createHash("sha256").update(basename(home)).digest().readUInt32BE(0) % OWNERS);
  if ((await lstat(home)).uid !== owner) await chown(home, owner, owner);
}
