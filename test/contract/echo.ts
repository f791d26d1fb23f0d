// A model that answers what it was asked last, so that an answer says which question it is of.

import type { Script } from "../support/fake-model.ts";

export const echo: Script = ({ items }) => {
  const asked = items.findLast((item) => item.role === "person" && !item.text.startsWith("[system note]"));
  const [text = ""] = (asked?.role === "person" ? asked.text : "").split("\n");
  return `You said: ${text.replace(/^[^:]*: /, "")}`;
};
