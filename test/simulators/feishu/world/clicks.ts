// A person presses a button on a card: the callback, and what the person then sees - a toast, another card, or an error code.

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { ApiRefusal } from "../api/api-error.ts";
import { checkMessageCard } from "../api/message-content.ts";
import type { CardButton } from "../cards/card-buttons.ts";
import { isStreamingCard } from "../cards/card-changes.ts";
import { isTwo } from "../cards/card-walk.ts";
import { breach, type ClickToken, type Platform } from "../platform.ts";
import type { DeliveryEnd } from "../push/deliveries.ts";
import { shownCard } from "./visible-text.ts";
import type { CardEntity, CardJson, Message, User } from "./world-records.ts";

/** A button by what is written on it, or by its value. */
export type Click = string | { readonly value: unknown };

export interface ClickOptions {
  /** What was filled in, for the submit button of a form. */
  readonly form?: Readonly<Record<string, unknown>>;
  /** The person still sees an older state of the card: the button need not be there any more. */
  readonly isStale?: boolean;
  /** Forwarded elsewhere, the card is pressed in another chat. */
  readonly fromChat?: string;
}

export const CLICK_CODES = {
  notDelivered: 200340,
  timeout: 200341,
  notOk: 200671,
  badBody: 200672,
  badCard: 200673,
} as const;

export interface Toast {
  readonly type: "info" | "success" | "error" | "warning";
  readonly content: string;
}

export interface ClickEnd {
  readonly toast: Toast | undefined;
  /** The callback's answer replaced the card. */
  readonly isCardReplaced: boolean;
  /** What the person sees in red; undefined: nothing went wrong. */
  readonly errorCode: number | undefined;
  /** For the later update of the card. */
  readonly token: string;
  readonly eventId: string;
}

const answerShape = z.strictObject({
  toast: z
    .object({ type: z.enum(["info", "success", "error", "warning"]).default("info"), content: z.string() })
    .optional(),
  card: z.object({ type: z.enum(["raw", "template"]), data: z.record(z.string(), z.unknown()) }).optional(),
});

export async function clickCard(
  platform: Platform,
  user: User,
  message: Message,
  click: Click,
  options: ClickOptions = {},
): Promise<ClickEnd> {
  const button = findButton(platform, message, click, options.isStale === true);
  const token = platform.ids.next("c-");
  const clickToken: ClickToken = { message, at: platform.clock.now(), uses: 0, isAnswered: false };
  platform.clickTokens.set(token, clickToken);
  const envelope = platform.payloads.envelope(
    "card.action.trigger",
    {
      operator: { ...platform.payloads.userIds(user.openId), tenant_key: platform.app.tenantKey },
      token,
      action: actionOf(button, options),
      host: "im_message",
      context: { open_message_id: message.messageId, open_chat_id: options.fromChat ?? message.chatId },
    },
    { isCallback: true },
  );
  const end = {
    toast: undefined,
    isCardReplaced: false,
    errorCode: undefined,
    token,
    eventId: envelope.header.event_id,
  };
  if (!platform.rules.callbacks) return { ...end, errorCode: CLICK_CODES.notDelivered };

  const entity = message.cardId === undefined ? undefined : platform.world.cards.get(message.cardId);
  message.pendingClicks += 1;
  const delivered = await platform.deliveries.send(envelope, { isCallback: true });
  message.pendingClicks -= 1;
  clickToken.isAnswered = true;
  try {
    return { ...end, ...readAnswer(delivered, message, entity, platform) };
  } finally {
    platform.world.changed();
  }
}

function findButton({ world }: Platform, message: Message, click: Click, isStale: boolean): CardButton {
  if (message.recalled) throw new Error("the message was recalled, nobody can press its buttons");
  const buttons = world.buttons(message);
  const found = buttons.find((one) =>
    typeof click === "string" ? one.text === click || one.name === click : isDeepStrictEqual(one.value, click.value),
  );
  if (found && !(found.isDisabled && !isStale)) return found;
  if (isStale && typeof click !== "string") {
    return { text: "", name: undefined, value: click.value, isSubmit: false, isDisabled: false };
  }
  const seen = buttons.map(({ text, value }) => `${text} ${JSON.stringify(value)}`).join(", ");
  throw new Error(`there is no such button to press: ${JSON.stringify(click)}; there are: ${seen || "none"}`);
}

const actionOf = ({ value, name, isSubmit }: CardButton, { form }: ClickOptions): CardJson => ({
  tag: "button",
  ...(value === undefined ? {} : { value }),
  ...(name === undefined ? {} : { name }),
  ...(isSubmit ? { form_value: form ?? {} } : {}),
  timezone: "Asia/Shanghai",
});

type Seen = Partial<Pick<ClickEnd, "toast" | "isCardReplaced" | "errorCode">>;

function readAnswer(
  delivered: DeliveryEnd,
  message: Message,
  entity: CardEntity | undefined,
  platform: Platform,
): Seen {
  if (delivered.kind === "unreachable") return { errorCode: CLICK_CODES.notDelivered };
  if (delivered.kind === "timeout") return { errorCode: CLICK_CODES.timeout };
  if (delivered.code !== 200) return { errorCode: CLICK_CODES.notOk };
  const parsed = answerShape.safeParse(jsonOf(delivered.body));
  if (!parsed.success) {
    breach(platform, "callback-without-object", String(delivered.body).slice(0, 200));
    return { errorCode: CLICK_CODES.badBody };
  }
  const { toast, card } = parsed.data;
  if (!card) return { toast };
  const isReplaced = replace(card.data, message, entity, platform);
  return isReplaced ? { toast, isCardReplaced: true } : { toast, errorCode: CLICK_CODES.badCard };
}

/** False: the card is refused, or may not change now. */
function replace(data: CardJson, message: Message, entity: CardEntity | undefined, platform: Platform): boolean {
  const shown = shownCard(message, platform.world);
  if (!shown || isTwo(shown) !== isTwo(data)) return false;
  if (entity && isStreamingCard(entity.card)) {
    breach(platform, "edit-of-streaming-card", entity.cardId);
    return false;
  }
  try {
    const card = checkMessageCard(JSON.stringify(data), platform);
    if (entity) entity.card = card;
    else Object.assign(message, { card, content: JSON.stringify(card) });
    return true;
  } catch (error) {
    if (error instanceof ApiRefusal) return false;
    throw error;
  }
}

function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
