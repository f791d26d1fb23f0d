// A bot whose model does whatever the words before it say: what an attacker has who controls the model's words entirely. Its tools
// only note that they ran, and for whom.

import type { JsonObject } from "../../src/core/json.ts";
import type { ModelRequest } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "../support/start-test-app.ts";

export const ROOT = "slack:root";
export const MEMBER = "slack:member";

/** Root may all, a member may fetch and spawn, nobody else has a role. */
export const RULES =
  `roles: { admin: { users: ["${ROOT}"], grants: ["*"] }, member: { users: ["${MEMBER}"], grants: [net.fetch, agent.spawn] } }\n` +
  "approvals: { capabilities: [] }\n";

/** What each needs; a member is granted one of them. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  run_command: ["shell.exec"],
  read_file: ["fs.read"],
  list_files: ["fs.read"],
  search_files: ["fs.read"],
  write_file: ["fs.write"],
  edit_file: ["fs.write"],
  restore_file: ["fs.write"],
  send_file: ["chat.file"],
  mention: ["chat.mention"],
  browse: ["web.browse"],
  remember: ["memory.write"],
  run_program: ["task.cli"],
  github_merge: ["mcp.github"],
  fetch_and_run: ["net.fetch", "shell.exec"],
  fetch_url: ["net.fetch"],
};
export const FORBIDDEN: readonly string[] = Object.keys(NEEDS).filter((name) => name !== "fetch_url");

export interface Ran {
  readonly tool: string;
  readonly asker: string;
}

export interface ObedientBot extends AsyncDisposable {
  readonly bot: TestApp;
  readonly model: FakeModel;
  readonly ran: Ran[];
  /** Has the model make these calls for this person, in a conversation of its own. */
  ask(person: string, calls: readonly Call[], session?: string): Promise<void>;
}

export interface Call {
  readonly name: string;
  readonly arguments?: JsonObject;
}

/** The words that the model obeys. */
export const order = (calls: readonly Call[]): string => `please <<${JSON.stringify(calls)}>>`;

function obey({ items }: ModelRequest): Script {
  const last = items.at(-1);
  const words = last?.role === "person" ? last.text : "";
  const ordered = /<<(\[.*\])>>/s.exec(words)?.[1];
  return ordered === undefined ? "done" : { calls: JSON.parse(ordered) as Call[] };
}

export async function startObedientBot(options: TestAppOptions = {}): Promise<ObedientBot> {
  const ran: Ran[] = [];
  const tools = Object.entries(NEEDS).map(
    ([name, capabilities]): Tool => ({
      name,
      description: "",
      capabilities,
      parameters: { type: "object" },
      run: async (_, { asker }) => {
        ran.push({ tool: name, asker });
        return "it ran";
      },
    }),
  );
  const model = new FakeModel([], { fallback: obey });
  const bot = await startTestApp({ config: RULES, tools, model, ...options });
  let sessions = 0;
  return {
    bot,
    model,
    ran,
    ask: async (person, calls, session) => {
      sessions += 1;
      const place = session ?? `slack:room${sessions}`;
      await bot.say(order(calls), { session: place, sender: { id: person, name: person } });
    },
    [Symbol.asyncDispose]: () => bot[Symbol.asyncDispose](),
  };
}
