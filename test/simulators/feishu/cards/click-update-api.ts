// The later update of a card with the token of a click: within half an hour, twice, and only after the click was answered.

import { z } from "zod";
import { ApiRefusal } from "../api/api-error.ts";
import { replaceCard } from "../api/message-api.ts";
import { type ApiAnswer, type ApiRequest, answer, type Operation, readBody } from "../api/operation.ts";
import { breach, type Platform } from "../platform.ts";
import { CLICK_TOKEN_LIFE_MS, CLICK_TOKEN_USES_MAX } from "../platform-limits.ts";

/** Assumed: the facts name no code for a token that is unknown, used up or old. */
export const BAD_CLICK_TOKEN = 300090;

const shape = z.object({ token: z.string(), card: z.record(z.string(), z.unknown()) });

function update(request: ApiRequest, platform: Platform): ApiAnswer {
  const { token, card } = readBody(shape, request.body);
  const click = platform.clickTokens.get(token);
  const isOld = click === undefined || platform.clock.now() - click.at > CLICK_TOKEN_LIFE_MS;
  if (isOld || click.uses >= CLICK_TOKEN_USES_MAX)
    throw new ApiRefusal(BAD_CLICK_TOKEN, "The token is invalid, used up or expired.");
  if (!click.isAnswered) {
    breach(platform, "update-before-answer", token);
    throw new ApiRefusal(BAD_CLICK_TOKEN, "The callback is not answered yet.");
  }
  replaceCard(click.message, JSON.stringify(card), platform);
  click.uses += 1;
  return answer({});
}

export const clickUpdateOperations: readonly Operation[] = [
  {
    name: "click.update",
    method: "POST",
    address: "/open-apis/interactive/v1/card/update",
    scopes: [],
    handle: update,
  },
];
