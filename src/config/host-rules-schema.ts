// Lists in the configuration that say whom a program may reach: `hosts: [api.example.com, "*.example.org"]`, `allowCidrs: [10.1.0.0/16]`.

import { z } from "zod";
import { isHostRule } from "../lib/guarded-proxy/host-rules.ts";
import { networkFault } from "../lib/safe-fetch/address-rules.ts";

export const hostRules = z
  .array(
    z
      .string()
      .refine(isHostRule, { error: "write names: api.example.com, *.example.com (with its sub-domains), or *" }),
  )
  .max(200)
  .default([]);

export const networks = z.array(
  z
    .string()
    .max(50)
    .refine((cidr) => networkFault(cidr) === undefined, { error: ({ input }) => networkFault(String(input)) ?? "" }),
);
