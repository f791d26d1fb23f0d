// The MCP servers of the configuration: `mcp: { servers: { github: { command: [...], env: [NAMES] } | { url, headers } } }`.

import { isAbsolute } from "node:path";
import { z } from "zod";
import { hostRules, networks } from "./host-rules-schema.ts";

const seconds = z.number().min(1).max(3_600).default(50);
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,100}$/, { error: "write the names of variables" });
/** No `_`: it ends the server's part in `mcp_<server>_<tool>`, so that no two servers can mean the same tool. */
const serverName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?$/, {
  error: "a server's name is small letters, digits and -, at most 24",
});

const program = z.strictObject({
  /** A program and its arguments, started by us and spoken to over its stdin and stdout. */
  command: z.array(z.string().min(1).max(2_000)).min(1).max(100),
  /** Variables that are passed on to it. It gets PATH, LANG and a HOME of its own besides, and nothing else. */
  env: z.array(variable).max(50).default([]),
  /** Folders of this machine that it may read: where its code lies, what it serves. */
  folders: z
    .array(z.string().max(1_000).refine(isAbsolute, { error: "write whole paths, e.g. /srv/docs" }))
    .max(20)
    .default([]),
  /** Hosts it may reach over HTTP and HTTPS: api.example.com, *.example.com; none by default. */
  hosts: hostRules,
  timeoutSeconds: seconds,
});

const remote = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "write a whole URL with https://" }),
  /** `${NAME}` in a value is replaced by that variable. */
  headers: z.record(z.string().regex(/^[\w-]{1,100}$/), z.string().max(4_000)).default({}),
  /** Networks it may lie in although they are not public, e.g. 127.0.0.0/8. */
  allowCidrs: networks.max(20).default([]),
  timeoutSeconds: seconds,
});

export const mcpSchema = z
  .strictObject({
    servers: z
      .record(serverName, z.union([program, remote], { error: "write command: [...] or url: https://..." }))
      .default({}),
  })
  .prefault({});
