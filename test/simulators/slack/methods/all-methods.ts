// Every Web API method there is here. One family a file; what is in none of them answers `unknown_method`.

import type { Methods } from "../method.ts";
import { agentMethods } from "./agents.ts";
import { chatMethods } from "./chat.ts";
import { conversationMethods } from "./conversations.ts";
import { fileMethods } from "./files.ts";
import { identityMethods } from "./identity.ts";
import { reactionMethods } from "./reactions.ts";
import { streamMethods } from "./stream.ts";

export const ALL_METHODS: Methods = {
  ...chatMethods,
  ...streamMethods,
  ...conversationMethods,
  ...identityMethods,
  ...reactionMethods,
  ...fileMethods,
  ...agentMethods,
};
