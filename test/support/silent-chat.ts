// The conversation of a tool that says nothing in it.

import type { ChatPort } from "../../src/core/aside.ts";

export const silentChat: ChatPort = { say: async () => {}, people: async () => [] };
