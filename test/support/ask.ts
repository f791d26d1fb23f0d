// Requests into an app in this process, as a browser on this machine sends them.

export interface Fetches {
  fetch(request: Request): Response | Promise<Response>;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ReadableStream<Uint8Array>;
}

export async function ask(server: Fetches, path: string, options: AskOptions = {}): Promise<Response> {
  const { method = options.body === undefined ? "GET" : "POST", headers = {}, body } = options;
  const request = new Request(`http://localhost${path}`, {
    method,
    headers: { host: "localhost", ...headers },
    redirect: "manual",
    ...(body === undefined ? {} : { body, duplex: "half" }),
  } as RequestInit);
  return server.fetch(request);
}

export const say = (server: Fetches, session: string, message: unknown, headers: Record<string, string> = {}) =>
  ask(server, `/api/sessions/${session}/messages`, {
    body: JSON.stringify(typeof message === "string" ? { text: message } : message),
    headers: { "content-type": "application/json", ...headers },
  });

/** The answer's body, which must be JSON. */
export async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}
