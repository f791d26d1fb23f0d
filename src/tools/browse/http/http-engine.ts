// Browsing without a browser: pages as they come over safe fetch, links that can be followed, no scripts and no forms.

import type { SafeFetch } from "../../../lib/safe-fetch/safe-fetch.ts";
import { ACCEPT_TEXT, isReadable, readablePage, sizeOf } from "../../readable-page.ts";
import type { BrowseEngine, PageView, Tab, TabAction } from "../tab.ts";
import { numberLinks } from "./numbered-links.ts";

const PAGES_BEHIND_MAX = 50;
const NEEDS_BROWSER =
  "There is no browser on this server, so pages are read without scripts and forms: open a URL, click a link, read or go back.";

export function createHttpEngine(fetch: SafeFetch["fetch"]): BrowseEngine {
  return { name: "http", newTab: async () => createHttpTab(fetch), close: async () => {} };
}

function createHttpTab(fetch: SafeFetch["fetch"]): Tab {
  let behind: string[] = [];
  let current: string | undefined;
  let links: readonly string[] = [];

  async function visit(url: string, signal: AbortSignal): Promise<PageView> {
    const fetched = await fetch(url, { signal, accept: ACCEPT_TEXT, isWanted: isReadable });
    let found: readonly string[] = [];
    const page = await readablePage(fetched, signal, async (html) => {
      const numbered = await numberLinks(html, fetched.url, signal);
      found = numbered.links;
      return numbered.html;
    });
    links = found;
    current = fetched.url;
    const unread = `${fetched.mediaType || "no media type"}${sizeOf(fetched)}: this kind of file is not read.`;
    const { url: href, status } = fetched;
    return { url: href, status, title: page.title, markdown: page.text ?? unread, isCut: page.isCut, notes: [] };
  }

  async function onwards(url: string, signal: AbortSignal): Promise<PageView> {
    const left = current;
    const view = await visit(url, signal);
    if (left !== undefined) behind = [...behind, left].slice(-PAGES_BEHIND_MAX);
    return view;
  }

  function opened(): string {
    if (current === undefined) throw new Error("No page is open: begin with open and a url.");
    return current;
  }

  async function act(action: TabAction, signal: AbortSignal): Promise<PageView> {
    switch (action.action) {
      case "open":
        return await onwards(action.url, signal);
      case "click": {
        opened();
        const link = links[action.target - 1];
        if (link === undefined) throw new Error(`There is no link #${action.target} here. ${NEEDS_BROWSER}`);
        return await onwards(link, signal);
      }
      case "back": {
        const url = behind.pop();
        if (url === undefined) throw new Error("There is no page before this one.");
        return await visit(url, signal);
      }
      case "read":
        return await visit(opened(), signal);
      default:
        throw new Error(NEEDS_BROWSER);
    }
  }

  return {
    act,
    picture: () => Promise.reject(new Error(NEEDS_BROWSER)),
    isLost: () => false,
    close: async () => {},
  };
}
