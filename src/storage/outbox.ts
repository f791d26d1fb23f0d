// Deliveries: what must be said and has not been yet, in the order of each session.

import type { Store } from "../core/store.ts";
import type { Database } from "./database.ts";
import { deliveryFrom } from "./rows.ts";

const PENDING =
  "select d.*, r.platform_id as replaces_id from deliveries d left join deliveries r on r.key = d.replaces where d.state = 'pending'";

export function createOutbox(
  database: Database,
): Pick<Store, "hasPending" | "pendingDeliveries" | "deliveryDone" | "deliveryFailed"> {
  return {
    hasPending: async (session) => {
      const row = await database.read.get(
        "select 1 as n from deliveries where state = 'pending' and session = ? limit 1",
        session,
      );
      return row !== undefined;
    },

    pendingDeliveries: async (session, limit) => {
      const rows =
        session === null
          ? await database.read.all(`${PENDING} order by d.session, d.n limit ?`, limit)
          : await database.read.all(`${PENDING} and d.session = ? order by d.n limit ?`, session, limit);
      return rows.map(deliveryFrom);
    },

    deliveryDone: (key, receipt, now) =>
      database.transaction(
        "delivered",
        async (transaction) => {
          await transaction.run(
            "update deliveries set state = 'sent', closed_at = ?, platform_id = ?, tries = tries + 1 where key = ? and state = 'pending'",
            now,
            receipt.platformId ?? null,
            key,
          );
        },
        // What a power cut takes back is looked up on the platform before it is sent again.
        "with-next",
      ),

    deliveryFailed: (key, reason, isFinal, now) =>
      database.transaction("not-delivered", async (transaction) => {
        await transaction.run(
          `update deliveries set tries = tries + 1, reason = ?, state = ?, closed_at = ? where key = ? and state = 'pending'`,
          reason,
          isFinal ? "failed" : "pending",
          isFinal ? now : null,
          key,
        );
      }),
  };
}
