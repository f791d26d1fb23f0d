// What the embedded engine and the file system say went wrong, as our codes, with how to mend it.

import { AppError, type ErrorCode } from "../core/errors.ts";

const codes: readonly (readonly [prefix: string, code: ErrorCode, mend: string])[] = [
  ["SQLITE_FULL", "storage-full", "the disk is full: free some space"],
  ["SQLITE_READONLY", "storage-readonly", "it is read-only: give this user the right to write the data folder"],
  ["SQLITE_CANTOPEN", "storage-readonly", "it cannot be opened: check the folder's rights and free space"],
  ["SQLITE_CORRUPT", "storage-corrupt", "the file is damaged: restore a backup, or move it away to begin anew"],
  ["SQLITE_NOTADB", "storage-corrupt", "the file is not a ledger: restore a backup, or move it away to begin anew"],
  ["SQLITE_BUSY", "storage-locked", "another process holds it"],
  ["SQLITE_", "storage-failed", "see the cause"],
  ["EACCES", "storage-readonly", "this user may not write there"],
  ["ENOSPC", "storage-full", "the disk is full: free some space"],
  ["EEXIST", "storage-readonly", "a file stands where the folder should be"],
  ["EISDIR", "storage-readonly", "a folder stands where the file should be"],
  ["ENOTDIR", "storage-readonly", "a file stands where the folder should be"],
  ["EROFS", "storage-readonly", "the file system is read-only"],
];

export function storageError(error: unknown, what = "the ledger could not be written"): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = codes.find(([prefix]) => code.startsWith(prefix));
  return known ? new AppError(known[1], `${what}: ${known[2]}`, { cause: error }) : error;
}
