// A tool's arguments described once: the model's schema is made from what the tool parses with.

import { z } from "zod";
import type { JsonSchema } from "../../core/json.ts";

export function schemaOf(shape: z.ZodObject): JsonSchema {
  const { $schema: _version, ...schema } = z.toJSONSchema(shape, { target: "draft-7", io: "input" });
  return schema;
}

export const path = z.string().min(1).max(1_000).describe("From the workspace down, such as notes/plan.md");
