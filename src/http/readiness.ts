// Why the program is not ready, in words for an operator: channels that are not connected, a ledger that cannot be written.

import type { Channel } from "../core/channel.ts";
import type { Log } from "../core/log.ts";
import type { Store } from "../core/store.ts";

export async function troublesOf(
  channels: readonly Pick<Channel, "name" | "trouble">[],
  store: Pick<Store, "probe">,
  log: Log,
): Promise<readonly string[]> {
  const found = channels.flatMap((channel) => {
    const trouble = channel.trouble();
    return trouble === undefined ? [] : [`${channel.name}: ${trouble}`];
  });
  try {
    await store.probe();
  } catch (error) {
    log.error("ledger probe failed", { error });
    found.push("the ledger cannot be written");
  }
  return found;
}
