// The one line that says something is going on, with the seconds. It is written over itself with nothing but a carriage return,
// and must be cleared before anything else is written.

import type { Clock } from "../../core/clock.ts";
import { displayWidth, fitWidth } from "../../lib/terminal-text.ts";
import { columnsOf, type Output, type Style } from "./output.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 120;

export interface StatusLine {
  /** Shows it until it is cleared; a second call only changes the words. */
  show(words: string): void;
  clear(): void;
}

export function createStatusLine(output: Output, clock: Clock, style: Style): StatusLine {
  let words = "";
  let since: number | undefined;
  let frame = 0;
  let width = 0;
  let cancel = (): void => {};

  function draw(): void {
    const seconds = Math.floor((clock.now() - (since ?? clock.now())) / 1000);
    const parts = [FRAMES[frame % FRAMES.length], `${seconds} s`, words].filter((part) => part !== "");
    const line = fitWidth(parts.join("  "), columnsOf(output));
    const before = width;
    width = displayWidth(line);
    output.write(`\r${style.dim(line)}${" ".repeat(Math.max(0, before - width))}`);
    frame += 1;
    cancel = clock.after(FRAME_MS, draw);
  }

  return {
    show(next) {
      words = next;
      since ??= clock.now();
      cancel();
      draw();
    },
    clear() {
      cancel();
      if (width > 0) output.write(`\r${" ".repeat(width)}\r`);
      width = 0;
    },
  };
}

/** Shows nothing: for what is no terminal. */
export const noStatusLine: StatusLine = { show: () => {}, clear: () => {} };
