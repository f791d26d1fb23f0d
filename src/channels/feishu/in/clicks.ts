// Clicks on cards. A button carries an opaque id of ours and nothing else: what it does and who may press it is in the ledger. Every
// click is answered at once, with a sentence for the one who clicked or with nothing, never with an error.

import { z } from "zod";
import type { Buttons } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import { EXTERNAL } from "../../../core/message.ts";
import type { FeishuIdentity } from "../feishu-identity.ts";
import type { Names } from "./names.ts";

export interface ClicksParts {
  readonly channel: string;
  readonly buttons: Pick<Buttons, "press">;
  readonly names: Names;
  readonly identity: () => FeishuIdentity;
  readonly clock: Clock;
  readonly log: Log;
}

/** The platform waits three seconds. */
const ANSWER_MS_MAX = 2_500;

/** The value under our button, as an object or as its text. */
const value = z.preprocess(
  (given) => {
    try {
      return typeof given === "string" ? JSON.parse(given) : given;
    } catch {
      return undefined;
    }
  },
  z.object({ signalbox: z.string().min(1).max(200) }),
);

const clickShape = z.object({
  operator: z.object({ open_id: z.string().min(1), tenant_key: z.string().nullish() }),
  action: z.object({ value }),
  context: z.object({ open_chat_id: z.string().catch("") }).catch({ open_chat_id: "" }),
});

/** What the click is answered with. */
export type Clicked = (event: unknown) => Promise<object>;

export function createClicked({ channel, buttons, names, identity, clock, log }: ClicksParts): Clicked {
  async function press(event: unknown): Promise<object> {
    const click = clickShape.safeParse(event).data;
    if (!click) return {};
    const { open_id: person, tenant_key: tenant } = click.operator;
    const { tenantKey } = identity();
    const isForeign = typeof tenant === "string" && tenantKey !== undefined && tenant !== tenantKey;
    const name = await names.of(person, click.context.open_chat_id);
    const { isDone, text } = await buttons.press({
      id: click.action.value.signalbox,
      by: { id: `${channel}:${person}${isForeign ? EXTERNAL : ""}`, name },
    });
    return { toast: { type: isDone ? "success" : "info", content: text } };
  }

  return async (event) => {
    let cancel = (): void => {};
    const late = new Promise<object>((resolve) => {
      cancel = clock.after(ANSWER_MS_MAX, () => resolve({}));
    });
    try {
      return await Promise.race([press(event), late]);
    } catch (error) {
      log.error("feishu click failed", { error });
      return {};
    } finally {
      cancel();
    }
  };
}
