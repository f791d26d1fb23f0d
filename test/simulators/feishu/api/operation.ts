// One operation of the open API: its address, the scopes any one of which it needs, and what it does.

import type { z } from "zod";
import type { Platform } from "../platform.ts";
import { fieldRefusal } from "./api-error.ts";
import type { FormPart } from "./multipart.ts";

export interface ApiRequest {
  /** The `:names` of the address. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly form: ReadonlyMap<string, FormPart> | undefined;
}

export type ApiAnswer =
  | { readonly kind: "data"; readonly data: unknown }
  /** Fields beside `code` and `msg`. */
  | { readonly kind: "fields"; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly contentType: string; readonly fileName: string };

export interface Operation {
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly address: string;
  readonly scopes: readonly string[];
  /** The two addresses that hand out credentials. */
  readonly isOpen?: boolean;
  /** Throws an ApiRefusal. */
  handle(request: ApiRequest, platform: Platform): ApiAnswer;
}

export const answer = (data: unknown): ApiAnswer => ({ kind: "data", data });

/** Reads a body at the gateway: 99992402 names the first field that is wrong. */
export function readBody<T>(shape: z.ZodType<T>, body: unknown): T {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw fieldRefusal(issue?.path.join(".") ?? "", issue?.message ?? "invalid");
}

export const pathOf = (request: ApiRequest, name: string): string => request.path[name] ?? "";
