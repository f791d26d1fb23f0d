// The tool that opens web pages and works in them: one page a task, told as text with numbered links and fields, in parts.

import type { Clock } from "../../core/clock.ts";
import type { Tool } from "../../core/tool.ts";
import { untrustedText } from "../untrusted-text.ts";
import type { Workspaces } from "../workspace/workspaces.ts";
import { browseRequest, browseSchema } from "./browse-arguments.ts";
import { partsOf } from "./page-parts.ts";
import type { BrowseEngine, PageView, Tab } from "./tab.ts";
import { createTaskTabs } from "./task-tabs.ts";

export interface BrowseParts {
  readonly engine: BrowseEngine;
  readonly workspaces: Workspaces;
  readonly clock: Clock;
  /** Tasks with a page open at once. */
  readonly tabsMax: number;
  /** How long an unused page stays: safe from others who wait, and at all. */
  readonly stay?: { readonly restMs: number; readonly idleMs: number };
}

export interface Browse {
  readonly tool: Tool;
  close(): Promise<void>;
}

const SECONDS_MAX = 60;
const DESCRIPTIONS: Readonly<Record<BrowseEngine["name"], string>> = {
  chromium:
    "Opens public web pages in a browser with scripts and works in them. Every answer shows the page as text; links and fields carry " +
    "numbers (#3) that hold until the next answer. open a url; then click, type, select by number, press a key, scroll for more, read " +
    "again or a later part, back, screenshot into a file of the workspace. For a page that only has to be read, fetch_url is quicker.",
  http:
    "Opens public web pages as text, without scripts: open a url, click a link by its number (#3), read a later part, back. " +
    "There is no browser on this server, so forms, keys and screenshots do not work.",
};

export function createBrowse({ engine, workspaces, clock, tabsMax, stay }: BrowseParts): Browse {
  const tabs = createTaskTabs({ newTab: engine.newTab, timers: clock, tabsMax, ...stay });
  /** What was shown last, so that its later parts are the same page. */
  const shown = new WeakMap<Tab, PageView>();

  async function keepPicture(tab: Tab, session: string, signal: AbortSignal): Promise<string> {
    const picture = await tab.picture(signal);
    const workspace = await workspaces.of(session);
    const path = `screenshots/${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-")}.png`;
    await workspace.change(path, () => picture);
    return `The page as it looks now is in the file ${path} of the workspace (${Math.ceil(picture.length / 1_024)} kB).`;
  }

  const tool: Tool = {
    name: "browse",
    description: DESCRIPTIONS[engine.name],
    capabilities: ["web.browse"],
    parameters: browseSchema,
    timeoutSeconds: SECONDS_MAX,
    run: async (args, { task, session, signal }) => {
      const request = browseRequest(args);
      return await tabs.use(task, { signal, mayOpen: request.action === "open" }, async (tab) => {
        if (request.action === "screenshot") return await keepPicture(tab, session, signal);
        if (request.action === "part") {
          const view = shown.get(tab);
          if (!view) throw new Error("No page was shown yet: read it first.");
          return pageText(view, request.part);
        }
        const view = await tab.act(request, signal);
        shown.set(tab, view);
        return pageText(view, 1);
      });
    },
  };
  return {
    tool,
    close: async () => {
      await tabs.close();
      await engine.close();
    },
  };
}

function pageText({ url, status, title, markdown, isCut, notes }: PageView, n: number): string {
  const parts = partsOf(markdown.trim());
  const part = parts[n - 1];
  if (part === undefined) throw new Error(`The page has ${parts.length} parts; there is no part ${n}.`);
  const head = [url, ...(status === undefined ? [] : [`status ${status}`]), `part ${n} of ${parts.length}`].join(", ");
  const isLast = n === parts.length;
  const body = [
    n === 1 && title !== "" && `# ${title}\n`,
    part === "" ? "(The page shows no text.)" : part,
    !isLast && `(It goes on: read with part ${n + 1}.)`,
    isLast && isCut && "(The page is longer; this is what fits.)",
    n === 1 && notes.length > 0 && `\n${notes.map((note) => `(${note})`).join("\n")}`,
  ];
  return untrustedText(head, body.filter((one) => typeof one === "string").join("\n"));
}
