// People in the rooms of a chat platform, who ask, change their words, take them back, and whom the platform tells of twice; what
// they do is decided by a seed.

import { questionText, SHAPES, type Shape } from "./chat-words.ts";
import type { ChatWorld, Spoken } from "./chat-world.ts";

export interface Asked {
  readonly name: string;
  readonly shape: Shape;
  readonly room: string;
  /** How often it was changed, and once more. */
  version: number;
  isTakenBack: boolean;
  /** Opened its room. */
  readonly isRoot: boolean;
  readonly spoken: Spoken;
}

const ASK_SHARE = 0.68;
const EDIT_SHARE = 0.8;
const TAKE_BACK_SHARE = 0.92;
const DOUBLED_SHARE = 0.25;
/** Second thoughts come soon. */
const RECENT = 4;

export class ChatPeople {
  readonly all: Asked[] = [];
  readonly #world: ChatWorld;
  readonly #random: () => number;
  readonly #shapes: readonly Shape[];

  constructor(world: ChatWorld, random: () => number, shapes: readonly Shape[] = SHAPES) {
    this.#world = world;
    this.#random = random;
    this.#shapes = shapes;
  }

  openRooms(): void {
    for (const room of this.#world.rooms) this.#ask(room, "plain", true);
  }

  act(): void {
    const choice = this.#random();
    const recent = this.#pick(this.all.slice(-RECENT).filter(({ isRoot, isTakenBack }) => !isRoot && !isTakenBack));
    if (choice < ASK_SHARE || !recent)
      this.#ask(this.#pick(this.#world.rooms) ?? "", this.#pick(this.#shapes) ?? "plain", false);
    else if (choice < EDIT_SHARE) {
      recent.version += 1;
      recent.spoken.edit(questionText(recent));
    } else if (choice < TAKE_BACK_SHARE) {
      recent.isTakenBack = true;
      recent.spoken.takeBack();
    } else recent.spoken.tellAgain();
  }

  #ask(room: string, shape: Shape, isRoot: boolean): void {
    const question = { name: `m${this.all.length + 1}`, shape, version: 1 };
    const spoken = this.#world.say(room, questionText(question));
    this.all.push({ ...question, room, isTakenBack: false, isRoot, spoken });
    if (this.#random() < DOUBLED_SHARE) spoken.tellAgain();
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }
}
