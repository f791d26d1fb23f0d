// The buttons of a card that call the app back, as a person finds them.

import type { CardJson } from "../world/world-records.ts";
import { cardNodes, isObject } from "./card-walk.ts";

export interface CardButton {
  readonly text: string;
  readonly name: string | undefined;
  readonly value: unknown;
  /** Sends the form it stands in. */
  readonly isSubmit: boolean;
  readonly isDisabled: boolean;
}

export function cardButtons(card: CardJson): readonly CardButton[] {
  const buttons: CardButton[] = [];
  for (const { tag, element } of cardNodes(card)) {
    if (tag !== "button") continue;
    const behaviors: unknown[] = Array.isArray(element.behaviors) ? element.behaviors : [];
    const callback = behaviors.find((one) => isObject(one) && one.type === "callback");
    const value = isObject(callback) ? callback.value : element.value;
    const isSubmit = element.form_action_type === "submit" || element.action_type === "form_submit";
    if (value === undefined && !isSubmit) continue;
    buttons.push({
      text: isObject(element.text) ? String(element.text.content) : "",
      name: typeof element.name === "string" ? element.name : undefined,
      value,
      isSubmit,
      isDisabled: element.disabled === true,
    });
  }
  return buttons;
}
