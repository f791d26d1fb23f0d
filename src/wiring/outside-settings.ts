// The part of the configuration that decides about the world outside.

import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/schema.ts";
import type { OutsideSettings } from "../tools/outside.ts";

export const outsideSettings = ({ sandbox, network, fetch, browse, mcp, limits }: Config): OutsideSettings => ({
  ...{ sandbox, network, fetch, browse, mcp },
  toolSeconds: limits.toolSeconds,
});

export const isSameOutside = (one: Config, other: Config): boolean =>
  isDeepStrictEqual(outsideSettings(one), outsideSettings(other));
