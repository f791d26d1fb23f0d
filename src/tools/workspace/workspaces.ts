// One workspace a conversation, made on demand below the data folder. The agents spawned in it share it: what one writes the next can
// read.

import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { conversationOf, type SessionKey } from "../../core/message.ts";
import { createOneByOne } from "../../lib/one-by-one.ts";
import { makeSessionFolder, sessionFolderName } from "./session-folder.ts";
import { openVersions } from "./versions.ts";
import { createWorkspace, type Workspace, type WorkspaceLimits } from "./workspace.ts";

const MIB = 1024 ** 2;

export const WORKSPACE_LIMITS: WorkspaceLimits = {
  bytes: 512 * MIB,
  entries: 20_000,
  fileBytes: 8 * MIB,
  versionBytes: 256 * MIB,
};

export interface Workspaces {
  of(session: SessionKey): Promise<Workspace>;
}

export interface WorkspacesParts {
  /** Such as `<data>/workspaces`; made when it is missing. */
  readonly folder: string;
  readonly clock: Pick<Clock, "now">;
  readonly limits?: WorkspaceLimits;
  /** Whether files are given to a user of the session's own; looked up if absent. */
  readonly isRoot?: boolean;
}

export function createWorkspaces(parts: WorkspacesParts): Workspaces {
  const { folder, clock, limits = WORKSPACE_LIMITS, isRoot = process.getuid?.() === 0 } = parts;
  const { run: inTurn } = createOneByOne();
  return {
    of: async (session) => {
      const conversation = conversationOf(session);
      const name = sessionFolderName(conversation);
      const place = await inTurn(name, () => makeSessionFolder(folder, conversation, isRoot));
      const versions = openVersions(join(folder, name, "versions"), clock.now, limits.versionBytes);
      return createWorkspace({ place, limits, versions, inTurn: (work) => inTurn(name, work) });
    },
  };
}
