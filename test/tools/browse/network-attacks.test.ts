// What a hostile page tries so as to reach what is not public. The site is 127.0.0.1, allowed in so many words; what must not be
// reached is 127.0.0.2 on the same port. The same page with the rule taken away shows that the attacks are real.

import { createSocket, type Socket } from "node:dgram";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ResolveName } from "../../../src/lib/safe-fetch/checked-dial.ts";
import type { Loopback } from "../../lib/safe-fetch/loopback.ts";
import { type Browsing, browseWith, isBrowserHere, siteWith } from "./browser-for-tests.ts";

const INSIDE = "127.0.0.2";

/** Each reaches for /hit/<its name> inside. */
const reaching = (inside: string, socket: string, udp: number): string => `
  const hit = (name) => "${inside}/hit/" + name;
  const add = (tag, attributes) => document.body.append(Object.assign(document.createElement(tag), attributes));
  add("img", { src: hit("img") });
  add("script", { src: hit("script") });
  add("link", { rel: "stylesheet", href: hit("stylesheet") });
  add("link", { rel: "prefetch", href: hit("prefetch") });
  add("link", { rel: "preload", as: "image", href: hit("preload") });
  add("link", { rel: "preconnect", href: "${inside}" });
  add("link", { rel: "dns-prefetch", href: "//inside.test" });
  add("iframe", { src: hit("iframe") });
  add("iframe", { srcdoc: "<img src='" + hit("srcdoc") + "'>" });
  add("iframe", { src: "data:text/html,<img src='" + hit("data") + "'>" });
  add("iframe", { src: URL.createObjectURL(new Blob(["<img src='" + hit("blob") + "'>"], { type: "text/html" })) });
  add("object", { data: hit("object") });
  add("embed", { src: hit("embed") });
  add("video", { src: hit("video"), preload: "auto" });
  add("style", { textContent: "@import url('" + hit("import") + "'); body { background: url('" + hit("background") + "') }" });
  add("form", { action: hit("form"), method: "POST", target: "into" });
  add("iframe", { name: "into" });
  document.forms[0].submit();
  fetch(hit("fetch"), { mode: "no-cors" }).catch(() => {});
  fetch(hit("keepalive"), { mode: "no-cors", keepalive: true }).catch(() => {});
  fetch("/leads-inside").catch(() => {});
  const asked = new XMLHttpRequest(); asked.open("GET", hit("xhr")); asked.send();
  navigator.sendBeacon(hit("beacon"), "x");
  new EventSource(hit("events"));
  new WebSocket("${socket}/hit/websocket");
  import(hit("module")).catch(() => {});
  new Worker(URL.createObjectURL(new Blob(["fetch('" + hit("worker") + "', { mode: 'no-cors' })"])));
  try { new SharedWorker("data:text/javascript,fetch('" + hit("sharedworker") + "',{mode:'no-cors'})"); } catch {}
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
  try { new WebTransport("https://inside.test:4433/hit"); } catch {}
  const call = new RTCPeerConnection({ iceServers: [{ urls: "stun:${INSIDE}:${udp}" }, { urls: "turn:${INSIDE}:${udp}?transport=tcp", username: "u", credential: "c" }] });
  call.createDataChannel("x"); call.createOffer().then((offer) => call.setLocalDescription(offer));
`;
const REALLY_REACHING = 18;
/** More than all tests here open. */
const TABS_MAX = 30;

describe.skipIf(!isBrowserHere)("a page that reaches for what is not public", () => {
  let site: Loopback;
  let guarded: Browsing;
  const hits: string[] = [];
  let packets = 0;
  let turningLooks = 0;
  const bounds = { controlMs: 1_500, quietMs: 3_000 };
  let udp: Socket;
  const inside = createServer((asked, answer) => {
    hits.push(asked.url ?? "");
    answer.writeHead(200, { "content-type": "text/html", "access-control-allow-origin": "*" }).end("the secret inside");
  });
  inside.on("upgrade", (asked, socket) => {
    hits.push(asked.url ?? "");
    socket.destroy();
  });
  const resolve: ResolveName = async (name) => {
    const answers: Record<string, string> = {
      "inside.test": INSIDE,
      "site.test": "127.0.0.1",
      "turning.test": name === "turning.test" && turningLooks++ === 0 ? "127.0.0.1" : INSIDE,
    };
    return [{ address: answers[name] ?? "10.0.0.1", family: 4 }];
  };
  const at = (path: string): string => `http://${INSIDE}:${site.port}${path}`;

  beforeAll(async () => {
    udp = createSocket("udp4", () => {
      packets += 1;
    });
    await new Promise<void>((done) => udp.bind(0, INSIDE, done));
    site = await siteWith({
      "/attack": (_, answer) => {
        const script = reaching(at(""), `ws://${INSIDE}:${site.port}`, udp.address().port);
        answer.writeHead(200, { "content-type": "text/html" }).end(`<body>Reaching.<script>${script}</script>`);
      },
      "/leads-inside": (_, answer) => void answer.writeHead(302, { location: at("/hit/redirect") }).end(),
      "/leads-to-cloud": (_, answer) =>
        void answer.writeHead(307, { location: "http://169.254.169.254/latest/" }).end(),
      "/leads-to-name": (_, answer) => {
        answer.writeHead(301, { location: `http://inside.test:${site.port}/hit/name` }).end();
      },
      "/meta": (_, answer) => {
        answer.writeHead(200, { "content-type": "text/html" });
        answer.end(`<meta http-equiv=refresh content="0;url=${at("/hit/meta")}">`);
      },
      "/script": (_, answer) => {
        answer
          .writeHead(200, { "content-type": "text/html" })
          .end(`<script>location = "${at("/hit/location")}"</script>`);
      },
      "/service-worker.js": (_, answer) => {
        answer.writeHead(200, { "content-type": "text/javascript" });
        answer.end(`fetch("${at("/hit/service-worker")}", { mode: "no-cors" })`);
      },
      "/files":
        "<iframe src='file:///etc/passwd'></iframe><iframe src='view-source:http://127.0.0.1/'></iframe><iframe src='chrome://version'></iframe>" +
        "<a href='file:///etc/passwd'>file</a><a href='chrome://version'>chrome</a><a href='view-source:file:///etc/passwd'>source</a>" +
        "<script>fetch('file:///etc/passwd').then(r => r.text()).then(t => document.body.append(t))</script>",
    });
    await new Promise<void>((done) => inside.listen(site.port, INSIDE, done));
    guarded = browseWith(site, { resolve, tabsMax: TABS_MAX, bounds });
  });
  afterAll(async () => {
    await guarded[Symbol.asyncDispose]();
    udp.close();
    inside.closeAllConnections();
    inside.close();
    await site[Symbol.asyncDispose]();
  });

  /** Side by side, each in a task of its own. */
  const openAll = (urls: readonly string[]): Promise<readonly string[]> =>
    Promise.all(urls.map((url) => guarded.go({ action: "open", url }, url)));

  test("reaches nothing by anything a page can load, call or connect, from its own name, or from one that turns", async () => {
    const [text, turned] = await openAll(
      ["site.test", "turning.test"].map((host) => `http://${host}:${site.port}/attack`),
    );
    expect(text).toContain("Reaching.");
    expect(text).not.toContain("the secret inside");
    expect(text).toMatch(/Requests of the page were refused, to: .*127\.0\.0\.2/);
    expect(turned).toContain("Reaching.");
    // The name answers with an address inside from the second time on, and is dialled at checked addresses only.
    const again = [0, 1, 2].map((n) => `http://turning.test:${site.port}/hit/rebound?${n}`);
    await Promise.all([openAll(again), guarded.go({ action: "read" }, `http://site.test:${site.port}/attack`)]);
    expect(turningLooks).toBeGreaterThan(1);
    expect(hits).toEqual([]);
    expect(packets).toBe(0);
  }, 90_000);

  test("is not led there by a redirect, a script, a refresh or a name, and the model is told why", async () => {
    const leading = ["/leads-inside", "/leads-to-cloud", "/leads-to-name", "/meta", "/script"];
    for (const text of await openAll(leading.map((path) => site.url + path))) {
      expect(text).toMatch(/^ERROR .*may not be reached: (127\.0\.0\.2|169\.254\.169\.254)/);
    }
    const spelt = [
      "2130706434",
      "0x7f.2",
      "127.2",
      "[::ffff:127.0.0.2]",
      "inside.test",
      "localhost",
      "[::1]",
      "0.0.0.0",
    ];
    for (const text of await openAll(spelt.map((host) => `http://${host}:${site.port}/hit/spelling`))) {
      expect(text).toMatch(/^ERROR .*may not be reached/);
    }
    expect(hits).toEqual([]);
  }, 90_000);

  test("sees no files and no pages of the browser's own", async () => {
    const url = `${site.url}/files`;
    // Frames that are refused load for ever.
    bounds.quietMs = 300;
    const clicked = [1, 2, 3].map(async (target) => {
      const text = await guarded.go({ action: "open", url }, `click_${target}`);
      expect(text).toContain('link "file"');
      expect(text).not.toMatch(/root:|Chromium/);
      expect(await guarded.go({ action: "click", target }, `click_${target}`)).not.toMatch(/root:|Chromium/);
    });
    await Promise.all(clicked);
    for (const url of [
      "file:///etc/passwd",
      "chrome://version",
      "view-source:http://127.0.0.1/",
      "data:text/html,x",
      "javascript:1",
    ]) {
      expect(await guarded.go({ action: "open", url })).toMatch(/^ERROR Only http and https/);
    }
    const other = await guarded.go({ action: "open", url: `http://127.0.0.1:${site.port + 1}/` });
    expect(other).toMatch(/^ERROR Port \d+ is not allowed/);
  }, 90_000);

  test("and would, were the rule not there: the attacks are real", async () => {
    // What is still on its way of the pages before is none of this.
    await guarded[Symbol.asyncDispose]();
    expect(hits).toEqual([]);
    const network = { allowCidrs: ["127.0.0.0/8"], ports: [80, 443, site.port] };
    await using open = browseWith(site, { network, resolve });
    await open.go({ action: "open", url: `${site.url}/attack` });
    await open.go({ action: "read" });
    const names = [...new Set(hits.map((path) => path.split("/").at(-1)))].sort();
    expect(names.length, names.join()).toBeGreaterThanOrEqual(REALLY_REACHING);
    expect(names).toEqual(expect.arrayContaining(["websocket", "iframe", "fetch", "worker", "redirect", "form"]));
    // Even then nothing goes round the proxy, and no service worker is registered.
    expect(packets).toBe(0);
    expect(names).not.toContain("service-worker");
  }, 90_000);
});
