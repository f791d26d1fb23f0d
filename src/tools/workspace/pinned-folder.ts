// A folder held open, and names looked up in it one at a time: the way down a workspace that no link can bend. Each step opens one
// name in the folder that is already held, refusing links; what is swapped in meanwhile is either refused or not met. Where the
// system does not show open folders as paths (not Linux) the same steps go by path, and a swap in between could be met.

import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { join } from "node:path";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export class PinnedFolder implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #path: string;

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /** The path's last name is no link; the folders above it are the server's own. */
  static async open(path: string): Promise<PinnedFolder> {
    return new PinnedFolder(await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path);
  }

  /** A path to this very folder, wherever it has been moved to. Valid while it is held. */
  get path(): string {
    return process.platform === "linux" ? `/proc/self/fd/${this.#handle.fd}` : this.#path;
  }

  /** A path to one name in it. Whoever uses it must not follow links. */
  at(name: string): string {
    if (name === "" || name === "." || name === ".." || name.includes("/")) throw new Error("Not a single name");
    return join(this.path, name);
  }

  /** The folder of that name; undefined if there is none. With an owner it is made when it is missing. */
  async folder(name: string, makeFor?: Owner | "anyone"): Promise<PinnedFolder | undefined> {
    const held = await this.#openFolder(name);
    if (held || makeFor === undefined) return held;
    await mkdir(this.at(name), { mode: 0o755 }).catch(unlessCode("EEXIST"));
    const made = await this.#openFolder(name);
    if (made && makeFor !== "anyone") await made.#handle.chown(makeFor.uid, makeFor.gid);
    return made;
  }

  async #openFolder(name: string): Promise<PinnedFolder | undefined> {
    const path = this.at(name);
    try {
      return await PinnedFolder.open(path);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      if (codeOf(error) === "ELOOP" || codeOf(error) === "ENOTDIR") {
        const status = await lstat(path).catch(() => undefined);
        throw new Error(status?.isSymbolicLink() ? refusal(name, "a link") : `${name} is not a folder.`);
      }
      throw error;
    }
  }

  /** The file of that name, open for reading; undefined if there is none. Whatever is no plain file is refused and never waited for. */
  async file(name: string): Promise<FileHandle | undefined> {
    const path = this.at(name);
    let handle: FileHandle;
    try {
      // Looked at before it is opened: opening some devices is already an act.
      refuseUnlessFile(name, await lstat(path));
      handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      if (codeOf(error) === "ELOOP") throw new Error(refusal(name, "a link"));
      throw error;
    }
    try {
      refuseUnlessFile(name, await handle.stat());
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

interface Status {
  readonly nlink: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function refuseUnlessFile(name: string, status: Status): void {
  if (status.isDirectory()) throw new Error(`${name} is a folder, not a file.`);
  if (status.isSymbolicLink()) throw new Error(refusal(name, "a link"));
  if (!status.isFile()) throw new Error(refusal(name, "a device, a pipe or a socket"));
  if (status.nlink > 1) throw new Error(refusal(name, "a hard link"));
}

const refusal = (name: string, what: string): string =>
  `${name} is ${what}; only plain files and folders are opened here.`;

export const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

export const unlessCode =
  (code: string) =>
  (error: unknown): undefined => {
    if (codeOf(error) !== code) throw error;
    return undefined;
  };
