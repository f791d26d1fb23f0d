// A session is open, closing or closed. Closing it shortens what is remembered word for word; a message opens it again, at any moment.

import type { SessionKey } from "./message.ts";

export interface SessionLife {
  /** Marks sessions in which nothing was said since then and nothing is to do, and those whose closing was interrupted. */
  beginClosing(since: number, limit: number): Promise<readonly SessionKey[]>;
  /** False if something was said meanwhile: then it is open. */
  endClosing(session: SessionKey): Promise<boolean>;
}
