// Where a session's files lie below the data folder: `files`, all that the agent can reach; beside it, out of its reach, what was
// there before (`versions`) and what is half written (`staging`). A server that is root gives `files` to a user of the session's own.

import { createHash } from "node:crypto";
import { chown, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { SessionKey } from "../../core/message.ts";
import { codeOf, type Owner } from "./pinned-folder.ts";

export interface SessionFolder {
  readonly files: string;
  readonly versions: string;
  readonly staging: string;
  /** Whom files are given to; absent where the server is an ordinary user and everything is its own. */
  readonly owner?: Owner;
}

/** A range no system gives to its users. Two sessions that met on one number would still be apart in every namespace. */
const FIRST_OWNER = 0x7000_0000;
const OWNERS = 0x0fff_ffff;
const SLUG_CHARS = 40;

/** Two sessions never share a name; what a person can read of it comes first. */
export function sessionFolderName(session: SessionKey): string {
  const slug = session
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, SLUG_CHARS);
  return `${slug}-${hashOf(session).toString("hex").slice(0, 24)}`;
}

export function sessionOwner(session: SessionKey): Owner {
  const id = FIRST_OWNER + (hashOf(session).readUInt32BE(0) % OWNERS);
  return { uid: id, gid: id };
}

const hashOf = (session: SessionKey): Buffer => createHash("sha256").update(session).digest();

export async function makeSessionFolder(folder: string, session: SessionKey, isRoot: boolean): Promise<SessionFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = join(folder, sessionFolderName(session));
  const paths = { files: join(place, "files"), versions: join(place, "versions"), staging: join(place, "staging") };
  for (const path of [place, ...Object.values(paths)]) await makeFolder(path);
  if (!isRoot) return paths;
  const owner = sessionOwner(session);
  // Its parent is the server's alone: what is given away is the folder that was just looked at.
  if ((await lstat(paths.files)).uid !== owner.uid) await chown(paths.files, owner.uid, owner.gid);
  return { ...paths, owner };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    if (!(await lstat(path)).isDirectory())
      throw new Error("The workspace's place is taken by something that is no folder.");
  }
}
