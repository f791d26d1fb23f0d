// The tool as a model uses it, by both engines: pages with numbered links, and in the browser what can be done on them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Loopback } from "../../lib/safe-fetch/loopback.ts";
import {
  type Browsing,
  browseByHttp,
  browseWith,
  isBrowserHere,
  numberOf,
  type Pages,
  siteWith,
} from "./browser-for-tests.ts";

const SHOP = `<title>Shop</title><nav><a href="/about">About us</a></nav><main><h1>Fruit 水果</h1>
  <p>Buy <a href="apple?kind=red#top">apples</a> &lt;now&gt;.</p><p style="display:none">unseen</p>
  <form action="/search"><label>Search <input name="q"></label><select name="kind"><option>all<option>red ones</select>
  <label><input type="checkbox" name="fresh"> only fresh</label><input type="password" name="word" value="geheim">
  <button>Go</button><button disabled>Later</button></form><input type="file" aria-label="picture"></main>
  <div id="card" style="cursor:pointer" onclick="document.title = 'clicked'">A card</div>
  <a href="/about" target="_blank">elsewhere</a><div id="late"></div>
  <div id="shadow"></div><iframe src="/frame"></iframe>
  <script>fetch("/data").then((data) => data.json()).then(({ a }) => { late.innerHTML = "<button onclick='this.textContent = 1 + 1'>late button</button>".repeat(a); });
  shadow.attachShadow({ mode: "open" }).innerHTML = "<p>in the shadow</p>";
  addEventListener("scroll", () => { document.title = "scrolled"; }); document.body.style.minHeight = "3000px";</script>`;

const pages: Pages = {
  "/": SHOP,
  "/about": "<title>About</title><p>We sell fruit.</p><a href='/'>home</a>",
  "/frame": "<p>framed words</p><button onclick='this.textContent = \"pressed\"'>inside</button>",
  "/long": `<title>Long</title>${Array.from({ length: 900 }, (_, n) => `<p>Paragraph number ${n} of a long page.</p>`).join("")}`,
  "/search": (asked, answer) => void answer.end(`found ${asked.url}`),
  "/data": (_, answer) => {
    answer.setHeader("content-type", "application/json");
    answer.end('{"a": 1}');
  },
};

let site: Loopback;
let chromium: Browsing;
let http: Browsing;
beforeAll(async () => {
  site = await siteWith(pages);
  chromium = browseWith(site, { bounds: { lookMs: 50 } });
  http = browseByHttp(site);
});
afterAll(async () => {
  await Promise.all([chromium, http].map((one) => one[Symbol.asyncDispose]()));
  await site[Symbol.asyncDispose]();
});

const engines = [
  { name: "http", isHere: true, browsing: () => http },
  { name: "chromium", isHere: isBrowserHere, browsing: () => chromium },
];

for (const { name, isHere, browsing } of engines) {
  describe.skipIf(!isHere)(`pages by ${name}`, () => {
    const go: Browsing["go"] = (...call) => browsing().go(...call);
    const open = (path: string): Promise<string> => go({ action: "open", url: site.url + path });

    test("are told as Markdown, marked as from outside, with numbered links that can be followed and left again", async () => {
      const text = await open("/");
      expect(text.split("\n")[0]).toContain(`from outside (${site.url}/, status 200, part 1 of 1)`);
      expect(text).toMatch(/# Shop\n\n# Fruit 水果\n\nBuy \[#\d+ apples\]\(http:[^)]*\/apple\?kind=red#top\) <now>\./);
      expect(text).not.toContain("unseen");
      const about = await go({ action: "click", target: numberOf(text, "About us") });
      expect(about).toContain("We sell fruit.");
      expect(await go({ action: "back" })).toContain("Fruit 水果");
      expect(await go({ action: "back" })).toBe("ERROR There is no page before this one.");
      expect(await go({ action: "read" })).toContain("Fruit 水果");
    }, 60_000);

    test("that are long come in parts", async () => {
      const first = await open("/long");
      expect(first).toMatch(/part 1 of (\d+)[\s\S]*\(It goes on: read with part 2\.\)/);
      const parts = Number(/part 1 of (\d+)/.exec(first)?.[1]);
      const last = await go({ action: "read", part: parts });
      expect(last).toContain("Paragraph number 899 of a long page.");
      expect(await go({ action: "read", part: parts + 1 })).toMatch(/^ERROR The page has \d+ parts/);
    }, 60_000);

    test("of other kinds are told too, and what is not there says so", async () => {
      expect(await open("/data")).toContain('{"a": 1}');
      expect(await open("/nowhere")).toMatch(/status 404[\s\S]*no such page/);
    }, 60_000);

    test.each([
      [{ action: "click" }, /^ERROR click needs `target`/],
      [{ action: "open" }, /^ERROR open needs `url`/],
      [{ action: "type", target: 1 }, /^ERROR type needs `text`/],
      [{ action: "open", url: "ftp://example.com/" }, /^ERROR Only http and https/],
      [{ action: "open", url: "http://10.0.0.1/" }, /^ERROR That address may not be reached: 10\.0\.0\.1/],
    ])("a wrong call (%j) is told what is wrong", async (args, words) => {
      expect(await go(args)).toMatch(words);
    });

    test("and nothing can be done before one is open", async () => {
      expect(await go({ action: "click", target: 1 }, "another")).toMatch(/^ERROR No page is open.*begin with open/);
    });
  });
}

test("without a browser what needs one says so", async () => {
  await http.go({ action: "open", url: site.url });
  for (const args of [
    { action: "press", key: "Enter" },
    { action: "type", target: 1, text: "x" },
    { action: "screenshot" },
  ]) {
    expect(await http.go(args)).toMatch(/^ERROR There is no browser on this server/);
  }
  expect(http.browse.tool.description).toContain("no browser on this server");
});

describe.skipIf(!isBrowserHere)("in the browser", () => {
  const go = (args: Parameters<Browsing["go"]>[0]): Promise<string> => chromium.go(args, "shop");
  let text = "";
  const on = async (name: string, more: Readonly<Record<string, string | number | boolean>> = { action: "click" }) => {
    text = await go({ target: numberOf(text, name), ...more });
    return text;
  };
  beforeAll(async () => {
    text = await go({ action: "open", url: site.url });
  }, 60_000);

  test("what scripts, shadows and frames show is there, with every control, and no password", async () => {
    for (const words of [
      'button "late button"',
      "in the shadow",
      "framed words",
      'field "Search": empty',
      "(of: all | red ones)",
    ]) {
      expect(text).toContain(words);
    }
    expect(text).toMatch(/checkbox "only fresh": off|checkbox "only fresh: off"/);
    expect(text).toMatch(/\[button "Later", disabled\]/);
    expect(text).toContain('[file field "picture", no uploads]');
    expect(text).not.toContain("geheim");
  });

  test("controls work by number: buttons, cards, frames, choices, fields", async () => {
    expect(await on("late button")).toContain('button "2"');
    expect(await on("inside")).toContain('button "pressed"');
    expect(await on("A card")).toContain("# clicked");
    expect(await on('choice "kind', { action: "select", option: "red ones" })).toContain("red ones (of: all");
    expect(await on('checkbox "only fresh')).toMatch(/only fresh"?: on/);
    expect(await on('field "Search', { action: "type", text: "grün 苹果" })).toContain("grün 苹果");
    expect(await on('field "Search', { action: "type", text: "pear", submit: true })).toMatch(
      /found \/search\?q=pear&kind=red(\+|%20)ones&fresh=on/,
    );
    expect(await go({ action: "click", target: 99 })).toBe(
      "ERROR There is no #99 on this page; use a number that is shown.",
    );
    text = await go({ action: "open", url: site.url });
    expect(await on("elsewhere")).toContain("We sell fruit.");
    text = await go({ action: "back" });
    expect(await go({ action: "scroll" })).toContain("# scrolled");
  }, 90_000);

  test("a screenshot is a file of the workspace, under a name of its own", async () => {
    const told = await go({ action: "screenshot" });
    const path = /file (screenshots\/[\w-]+\.png) of the workspace/.exec(told)?.[1] ?? "";
    const [session = ""] = readdirSync(chromium.workspaces);
    const picture = readFileSync(join(chromium.workspaces, session, "files", path));
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
  }, 60_000);
});
