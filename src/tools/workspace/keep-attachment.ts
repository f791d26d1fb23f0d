// What people attach, as files of their session's workspace, for tools to work with. The name is a stranger's: what of it could lead
// elsewhere or mislead is taken out.

import type { Workspaces } from "./workspaces.ts";

const FOLDER = "attachments";
const NAME_CHARS_MAX = 80;

/** Gives the path; what was there under the name before stays as a version. */
export async function keepAttachment(
  workspaces: Workspaces,
  session: string,
  name: string,
  content: Uint8Array,
): Promise<string> {
  const path = `${FOLDER}/${plainName(name)}`;
  await (await workspaces.of(session)).change(path, () => Buffer.from(content));
  return path;
}

/** The end of a long name says what kind of file it is. */
function plainName(name: string): string {
  const plain = name.normalize("NFC").replace(/[^\p{L}\p{N}._ -]+/gu, "_");
  const shown = [...plain]
    .slice(-NAME_CHARS_MAX)
    .join("")
    .replace(/^[._ -]+|[. ]+$/g, "");
  return shown || "file";
}
