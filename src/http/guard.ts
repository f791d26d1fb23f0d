// Who may speak to the server at all. Without an admin token it is bound to loopback, and then a page from elsewhere must not
// drive it through the person's browser: Host and Origin are checked. With a token, the token (or the login's cookie) is asked.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

const COOKIE = "signalbox";
const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];
const COOKIE_SECONDS = 30 * 86_400;

export interface GuardOptions {
  readonly adminToken: string | undefined;
  /** The host the server is bound to. */
  readonly host: string;
}

export const isLoopback = (host: string): boolean => ["127.0.0.1", "::1", "localhost"].includes(host);

/** Refuses requests another site's page makes the browser send, and names that were re-bound to this machine. */
export function checkOrigin({ adminToken, host }: GuardOptions): MiddlewareHandler {
  const names = new Set([...LOOPBACK_NAMES, host, `[${host}]`]);
  return async (context, next) => {
    const given = context.req.header("host") ?? "";
    const name = given.replace(/:\d{1,5}$/, "");
    if (adminToken === undefined && !names.has(name)) {
      return context.json({ error: `this server does not answer to the name ${name.slice(0, 100)}` }, 403);
    }
    const origin = context.req.header("origin");
    const isOwn = origin === undefined || origin === `http://${given}` || origin === `https://${given}`;
    const site = context.req.header("sec-fetch-site");
    const isForeignWrite =
      context.req.method !== "GET" && site !== undefined && site !== "same-origin" && site !== "none";
    if (!isOwn || isForeignWrite) return context.json({ error: "requests from other sites are refused" }, 403);
    return next();
  };
}

export function requireToken({ adminToken }: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    if (adminToken === undefined) return next();
    const bearer = /^Bearer (.{1,1000})$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (bearer !== undefined && isSame(bearer, adminToken)) return next();
    if (isSame(getCookie(context, COOKIE) ?? "", cookieFor(adminToken))) return next();
    const isPage = context.req.method === "GET" && (context.req.header("accept") ?? "").includes("text/html");
    if (isPage) return context.redirect("/login");
    return context.json({ error: "an admin token is needed: Authorization: Bearer <SIGNALBOX_ADMIN_TOKEN>" }, 401);
  };
}

/** Checks a token typed into the login form; sets the cookie that stands for it. */
export function login({ adminToken }: GuardOptions): MiddlewareHandler {
  return async (context) => {
    // A body that is no form holds no token.
    const { token } = await context.req.parseBody().catch(() => ({ token: undefined }));
    const given = typeof token === "string" ? token : "";
    if (adminToken === undefined || !isSame(given, adminToken))
      return context.html(loginPage("That is not the token."), 403);
    const isSecure = context.req.header("x-forwarded-proto") === "https" || context.req.url.startsWith("https:");
    setCookie(context, COOKIE, cookieFor(adminToken), {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: COOKIE_SECONDS,
      secure: isSecure,
    });
    return context.redirect("/");
  };
}

export const loginPage = (complaint: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Signalbox</title>
<form method="post" action="/login">
  <h1>Signalbox</h1>
  <p>${complaint}</p>
  <label>Admin token <input type="password" name="token" autocomplete="current-password" required autofocus></label>
  <button>Open</button>
</form></html>`;

/** The cookie is not the token, and is void as soon as the token changes. */
const cookieFor = (token: string): string =>
  createHmac("sha256", token).update("signalbox web session").digest("base64url");

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
