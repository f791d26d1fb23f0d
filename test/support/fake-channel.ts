// A channel that pushes, like a chat platform: it keeps what was posted, can lose, delay or hide posts, and looks them up by key.

import type { Carried } from "../../src/core/aside.ts";
import type { Channel, ChannelParts, FetchedFile, Inbox, Sender, SendOutcome } from "../../src/core/channel.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { AppError } from "../../src/core/errors.ts";
import type { AcceptResult, FileReference, InboundMessage } from "../../src/core/message.ts";

export interface Post {
  readonly key: string;
  readonly session: string;
  readonly kind: Delivery["kind"];
  readonly text: string;
  readonly buttons?: Delivery["buttons"];
  readonly replaces?: Delivery["replaces"];
  readonly file?: Delivery["file"];
  readonly mention?: Delivery["mention"];
}

/** What the platform does with the next sends, in order; then all is well. */
export type SendPlan = SendOutcome | "posted-but-uncertain" | "throws";

export class FakeChannel implements Channel {
  readonly name: string;
  readonly sender: Sender;
  carries: readonly Carried[] = ["file", "mention"];
  readonly posts: Post[] = [];
  readonly plan: SendPlan[] = [];
  lookups = 0;
  readonly inbox: Inbox;
  /** What may be shown of the messages that were taken, in order. */
  readonly seen: string[] = [];
  readonly buttons: ChannelParts["buttons"];
  /** What can be fetched, by name. */
  readonly files = new Map<string, FetchedFile | AppError>();
  #messages = 0;

  constructor({ inbox, buttons }: Pick<ChannelParts, "inbox" | "buttons">, name = "chat") {
    this.inbox = inbox;
    this.buttons = buttons;
    this.name = name;
    this.sender = {
      send: async (delivery) => this.#send(delivery),
      find: async (delivery) => {
        this.lookups += 1;
        return this.posts.some((post) => post.key === delivery.key) ? { platformId: delivery.key } : undefined;
      },
    };
  }

  #send(delivery: Delivery): SendOutcome {
    const { key, session, kind, text, buttons, replaces, file, mention } = delivery;
    const plan = this.plan.shift();
    if (plan === "throws") throw new TypeError("fetch failed");
    if (plan !== undefined && plan !== "posted-but-uncertain") return plan;
    this.posts.push({
      ...{ key, session, kind, text },
      ...(buttons ? { buttons } : {}),
      ...(replaces ? { replaces } : {}),
      ...(file ? { file } : {}),
      ...(mention ? { mention } : {}),
    });
    if (plan === "posted-but-uncertain") return { status: "uncertain", reason: "the connection was reset" };
    return { status: "sent", receipt: { platformId: key } };
  }

  say(text: string, message: Partial<InboundMessage> = {}): Promise<AcceptResult> {
    this.#messages += 1;
    const inbound = {
      key: `${this.name}:${this.#messages}`,
      channel: this.name,
      session: `${this.name}:general`,
      sender: { id: `${this.name}:ann`, name: "Ann" },
      text,
      ...message,
    };
    return this.inbox.accept(inbound, (result) => this.seen.push(`${text}: ${result.status}`));
  }

  fetchFile = async ({ name }: FileReference): Promise<FetchedFile> => {
    const file = this.files.get(name) ?? new AppError("file-unavailable", "there is no such file");
    if (file instanceof AppError) throw file;
    return file;
  };

  start = async (): Promise<void> => {};
  stop = async (): Promise<void> => {};
  trouble = (): undefined => undefined;
}
