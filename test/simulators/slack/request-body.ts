// A request's arguments, from a form, JSON or multipart, and its token: exactly as far as Slack reads them.

export interface ParsedRequest {
  readonly how: "form" | "json" | "multipart" | "query" | "none";
  readonly values: Readonly<Record<string, unknown>>;
  readonly isMalformed: boolean;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export async function parseRequest(contentType: string, body: Buffer, query: URLSearchParams): Promise<ParsedRequest> {
  const asked = Object.fromEntries(query);
  if (body.length === 0) return { how: query.size > 0 ? "query" : "none", values: asked, isMalformed: false };
  if (contentType.startsWith("application/json")) {
    try {
      const values: unknown = JSON.parse(body.toString());
      return { how: "json", values: isRecord(values) ? values : {}, isMalformed: !isRecord(values) };
    } catch {
      return { how: "json", values: {}, isMalformed: true };
    }
  }
  if (contentType.startsWith("multipart/form-data")) {
    const form = await new Response(new Uint8Array(body), { headers: { "Content-Type": contentType } }).formData();
    return { how: "multipart", values: { ...asked, ...Object.fromEntries(form) }, isMalformed: false };
  }
  const form = Object.fromEntries(new URLSearchParams(body.toString()));
  return { how: "form", values: { ...asked, ...form }, isMalformed: !contentType.includes("form-urlencoded") };
}

export function tokenOf(
  authorization: string | undefined,
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  const bearer = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  return bearer ?? (typeof values.token === "string" ? values.token : undefined);
}
