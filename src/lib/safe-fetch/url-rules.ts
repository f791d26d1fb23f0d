// Which URLs are asked for at all, before any name is resolved: http and https, no user information, known ports.

import { RefusedRequest } from "./refused-request.ts";

const URL_CHARS_MAX = 4_000;
const PORTS_BY_DEFAULT = [80, 443];
const PORT_OF: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

export type CheckUrl = (text: string, base?: URL) => URL;

export function createUrlRules(ports: readonly number[] = PORTS_BY_DEFAULT): CheckUrl {
  return (text, base) => {
    if (text.length > URL_CHARS_MAX) throw new RefusedRequest(`The URL has over ${URL_CHARS_MAX} characters.`);
    const url = URL.parse(text.trim(), base);
    if (!url) throw new RefusedRequest("That is no whole URL; write for example https://example.com/page.");
    const usual = PORT_OF[url.protocol];
    if (usual === undefined) throw new RefusedRequest(`Only http and https can be fetched, not ${url.protocol}`);
    if (url.username !== "" || url.password !== "") {
      throw new RefusedRequest("A URL with a user name or password in it is not fetched.");
    }
    if (url.hostname === "") throw new RefusedRequest("The URL names no host.");
    const port = url.port === "" ? usual : Number(url.port);
    if (!ports.includes(port)) throw new RefusedRequest(`Port ${port} is not allowed; allowed: ${ports.join(", ")}.`);
    url.hash = "";
    return url;
  };
}
