// The faults a proof over a chat channel must notice, planted round the real channel: what it is given, or what it gives.

import type { Channel, ChannelLedger, ChannelParts, Inbox } from "../../src/core/channel.ts";
import type { AcceptResult, InboundMessage } from "../../src/core/message.ts";
import type { ChatFault } from "./chat-plan.ts";

type CreateChannel = (parts: ChannelParts) => Channel;

export function withFault(fault: ChatFault, create: CreateChannel): CreateChannel {
  switch (fault) {
    case "none":
      return create;
    case "acknowledge-before-store":
      return (parts) => create({ ...parts, inbox: hasty(parts.inbox), ledger: forgetful(parts.ledger, "connected") });
    case "forget-live":
      return (parts) => create({ ...parts, ledger: forgetful(parts.ledger, "live:") });
    case "forget-signs":
      return (parts) => create({ ...parts, ledger: forgetful(parts.ledger, "sign:") });
    case "send-without-looking":
      return (parts) => sendingAnew(create({ ...parts, ledger: forgetful(parts.ledger, "live:", "sent:") }));
  }
}

const hasty = (inbox: Inbox): Inbox => ({
  ...inbox,
  accept: async (message) => {
    inbox.accept(message).catch(() => {});
    return asIfStored(message);
  },
});

const asIfStored = (message: InboundMessage): AcceptResult => ({
  status: "duplicate",
  message: { ...message, id: "unknown", seq: 0, receivedAt: 0, task: "unknown" },
});

/** Keeps nothing whose key begins so. */
const forgetful = (ledger: ChannelLedger, ...prefixes: readonly string[]): ChannelLedger => ({
  ...ledger,
  putMemo: async (channel, key, value, now) => {
    if (!prefixes.some((prefix) => key.startsWith(prefix))) await ledger.putMemo(channel, key, value, now);
  },
});

/** Every life sends as if it were the first to, under keys of its own. */
function sendingAnew(channel: Channel): Channel {
  const { sender } = channel;
  if (!sender) return channel;
  const life = `${process.pid}`;
  const send: typeof sender.send = (delivery, signal) =>
    sender.send({ ...delivery, key: `${delivery.key}-${life}`, tries: 0, createdAt: Number.MAX_SAFE_INTEGER }, signal);
  return { ...channel, sender: { send } };
}
