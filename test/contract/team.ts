// What the contract of chat channels needs of a platform: people who talk with the bot, and what they see of it. A driver a platform
// hides how its simulator is spoken to. The app is the real one, with the real channel over the platform's SDK and a scripted model.

import type { Agent } from "../../src/core/agent.ts";
import type { Tool } from "../../src/core/tool.ts";
import type { FakeModel, Script } from "../support/fake-model.ts";

/** Time passes so much faster than the machine's, for the platform and for the bot: what waits is tested, waiting is not. */
export const SPEED = 4;

export type Person = "ann" | "bob";

/** A message, in the hands of whoever said it. */
export interface Said {
  readonly person: Person | "robot";
  readonly text: string;
}

export interface TeamOptions {
  /** What the model says in turn; after that it repeats what it was asked. */
  readonly model?: readonly Script[];
  /** Who answers what when the script is used up; else the model repeats what it was asked. */
  readonly cast?: Script;
  readonly agents?: readonly Partial<Agent>[];
  readonly tools?: readonly Tool[];
  /** YAML of signalbox.yaml. */
  readonly config?: string;
}

export interface Team extends AsyncDisposable {
  /** Of the present life. */
  readonly model: FakeModel;
  /** Whether the platform tells the bot that somebody changed a message. */
  readonly tellsOfEdits: boolean;
  /** Calls the bot among others, before the text or where `{bot}` stands; what follows is said in the thread or topic of this message. */
  ask(person: Person, text: string, naming?: Person): Said;
  /** In the thread or topic of a message; a command after a mention. */
  reply(person: Person, to: Said, text: string): Said;
  /** To the bot alone. */
  direct(person: Person, text: string): Said;
  /** A file without words, to the bot alone. */
  hand(person: Person, name: string, content: string): Said;
  /** Another bot mentions ours there. */
  robot(to: Said, text: string): Said;
  edit(said: Said, text: string): void;
  takeBack(said: Said): void;
  tellAgain(said: Said): void;
  /** What people see of the bot in this message's thread, topic or direct chat, without the places in the line. */
  seen(said: Said): readonly string[];
  /** What the files hold that the bot sent there. */
  files(said: Said): readonly string[];
  /** Whom the bot called there by a message that is for them. */
  called(said: Said): readonly Person[];
  /** Places in the line, as the one who waits sees them. */
  places(said: Said): readonly string[];
  /** The bot shows that it has this message in hand. */
  hasSign(said: Said): boolean;
  hasStopButton(said: Said): boolean;
  /** Resolves with what the one who pressed is told. Of several buttons: the one under a text with these words. */
  pressStop(person: Person, said: Said, under?: string): Promise<string>;
  /** Something is still being typed, or carries a sign or a button. */
  isTidy(): boolean;
  /** Rules of the platform that were broken; calling everybody is one. */
  violations(): readonly string[];
  /** The platform fails to take the next message of the bot. */
  failNextSend(): void;
  until(what: string, holds: () => boolean): Promise<void>;
  /** All that was said has been told, and the bot has taken note of it. */
  told(): Promise<void>;
  /** And worked and answered. */
  idle(): Promise<void>;
  /** The app ends as it stands, people go on, a new one starts on the same ledger. */
  restart(model?: readonly Script[], meanwhile?: () => void): Promise<void>;
}

export type StartTeam = (options?: TeamOptions) => Promise<Team>;
