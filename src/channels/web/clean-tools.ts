// What people see of tools' arguments and results holds no secret, whatever it is that the model works on.

import type { SessionEvent, SessionEventBody } from "../../core/session-event.ts";
import type { EventSource } from "./event-reader.ts";

export const withCleanTools = (source: EventSource, redact: (text: string) => string): EventSource => ({
  eventsAfter: async (session, n, limit) => {
    const events = await source.eventsAfter(session, n, limit);
    return events.map((event): SessionEvent => ({ ...event, body: clean(event.body, redact) }));
  },
});

function clean(body: SessionEventBody, redact: (text: string) => string): SessionEventBody {
  switch (body.type) {
    case "tool_start":
      return { ...body, arguments: redact(body.arguments) };
    case "tool_end":
      return { ...body, summary: redact(body.summary) };
    default:
      return body;
  }
}
