// What of a delivery people see already, kept as it is sent: after a crash its other parts follow, and none comes twice.

import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import { uploadedFile } from "./uploads.ts";

const sentShape = z.object({
  /** The message of each part that is sent, by the part's name. */
  messages: z.record(z.string(), z.string()),
  /** What was uploaded for a part, so that every try shows the same. */
  uploads: z.record(z.string(), uploadedFile).default({}),
});

export type SentParts = z.infer<typeof sentShape>;

export interface SentPartsKeeper {
  load(delivery: string): Promise<SentParts | undefined>;
  save(delivery: string, sent: SentParts): Promise<void>;
  /** Those of deliveries that no process can still want to send. */
  forgetOld(): Promise<void>;
}

const PREFIX = "sent:";
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;
const FORGOTTEN_MAX = 1_000;

export function createSentParts(
  channel: string,
  ledger: Pick<ChannelLedger, "memo" | "memos" | "putMemo" | "dropMemo">,
  clock: Clock,
): SentPartsKeeper {
  return {
    load: async (delivery) => sentShape.safeParse((await ledger.memo(channel, PREFIX + delivery))?.value).data,
    // What a power cut takes back the platform knows by the parts' own keys, or it is looked up there.
    save: (delivery, sent) => ledger.putMemo(channel, PREFIX + delivery, sent, clock.now(), "with-next"),
    forgetOld: async () => {
      for (const { key, at } of await ledger.memos(channel, PREFIX, FORGOTTEN_MAX)) {
        if (clock.now() - at < KEPT_MS) return;
        await ledger.dropMemo(channel, key);
      }
    },
  };
}
