// Writes a session's events as a conversation: answers as they come, tools and waiting as dim lines. What was written cannot
// be taken back on a terminal, so where text became void or was missed, that is said and the rest follows.

import { languageOf, userText } from "../../core/user-text.ts";
import { terminalLine, terminalText, unfinishedEnd } from "../../lib/terminal-text.ts";
import { APPROVAL_HINT } from "./approval-prompt.ts";
import { fileLine, partsOfEnd, toolEndLine, toolStartLine } from "./outcome.ts";
import type { Style } from "./output.ts";
import type { WireEvent } from "./wire-event.ts";

/** Where it is written. */
export interface Paper {
  write(text: string): void;
  writeLine(text: string): void;
  /** What goes on while nothing is written; empty for nothing. */
  setStatus(words: string): void;
}

export interface AnswerWriterParts {
  readonly paper: Paper;
  readonly style: Style;
  /** Was this written here, just now? Then it already stands above. */
  readonly isTypedHere: (text: string) => boolean;
  /** Where files are had; absent: nowhere that could be opened. */
  readonly server?: string;
}

const KNOWN_MESSAGES_MAX = 200;

interface Writing {
  readonly taskId: string;
  /** All that came, in the model's own characters. */
  text: string;
  committed: number;
  /** The end of `text` that is not written yet. */
  unwritten: string;
  isAtStart: boolean;
}

export function createAnswerWriter({
  paper,
  style,
  isTypedHere,
  server,
}: AnswerWriterParts): (event: WireEvent) => void {
  /** Messages that must be named when their answer begins, because it does not stand right below them. */
  const toName = new Map<string, string>();
  let writing: Writing | undefined;

  const of = (taskId: string): Writing => {
    if (writing?.taskId !== taskId) writing = { taskId, text: "", committed: 0, unwritten: "", isAtStart: true };
    return writing;
  };

  function writeText(current: Writing, text: string): void {
    const ready = current.unwritten + text;
    const rest = unfinishedEnd(ready);
    current.unwritten = rest;
    const clean = terminalText(ready.slice(0, ready.length - rest.length));
    // Replies are parted by blank lines, and so are the lines about tools.
    const shown = current.isAtStart ? clean.replace(/^\n+/, "") : clean;
    if (shown === "") return;
    current.isAtStart = false;
    paper.setStatus("");
    paper.write(shown);
  }

  function takeBack(current: Writing): void {
    if (current.text.length > current.committed) {
      paper.writeLine(style.dim("(this last part broke off and begins again)"));
    }
    current.text = current.text.slice(0, current.committed);
    current.unwritten = "";
    current.isAtStart = true;
  }

  function nameMessages(messageIds: readonly string[]): void {
    for (const messageId of messageIds) {
      const text = toName.get(messageId);
      if (text !== undefined) paper.writeLine(style.dim(`› ${terminalLine(text)}`));
      toName.delete(messageId);
    }
  }

  function complete(current: Writing, answer: string): void {
    if (current.text.trim() === answer.trim()) writeText(current, "");
    else if (answer.startsWith(current.text)) writeText(current, answer.slice(current.text.length));
    else {
      paper.writeLine(style.dim("(the whole answer:)"));
      current.isAtStart = true;
      writeText(current, answer);
    }
  }

  return (event) => {
    switch (event.type) {
      case "message_accepted": {
        const isHere = isTypedHere(event.text);
        if (!isHere || event.position > 0) toName.set(event.messageId, event.text);
        if (toName.size > KNOWN_MESSAGES_MAX) toName.delete(toName.keys().next().value ?? "");
        if (isHere && event.position > 0) {
          paper.writeLine(style.dim(userText("waiting", languageOf(event.text), event.position)));
        }
        return;
      }
      case "message_closed":
        nameMessages([event.messageId]);
        paper.writeLine(
          event.disposition === "answered" ? terminalText(event.text) : style.bad(terminalText(event.text)),
        );
        return;
      case "message_joined":
        nameMessages([event.messageId]);
        return;
      case "execution_start":
        nameMessages(event.messageIds);
        takeBack(of(event.taskId));
        paper.setStatus("working");
        return;
      case "text_delta": {
        const current = of(event.taskId);
        current.text += event.text;
        writeText(current, event.text);
        return;
      }
      case "text_end": {
        const current = of(event.taskId);
        current.committed = current.text.length;
        return;
      }
      case "text_reset":
        takeBack(of(event.taskId));
        return;
      case "tool_start":
        paper.setStatus(toolStartLine(event.name, event.arguments));
        return;
      case "tool_end":
        paper.writeLine(style.dim(`  ${toolEndLine(event.name, event.status, event.summary)}`));
        of(event.taskId).isAtStart = true;
        paper.setStatus("working");
        return;
      case "agent_started": {
        const { agent, goal, taskId } = event;
        paper.writeLine(style.dim(terminalLine(`@${agent} works on: ${goal} (/stop ${taskId})`)));
        return;
      }
      case "agent_done":
        paper.writeLine(style.dim(`@${terminalLine(event.agent)}:`));
        paper.writeLine(terminalText(event.text));
        of(event.taskId).isAtStart = true;
        return;
      case "file_sent":
        paper.writeLine(fileLine(event, server));
        if (event.text !== "") paper.writeLine(`  ${terminalText(event.text)}`);
        of(event.taskId).isAtStart = true;
        return;
      case "person_mentioned":
        paper.writeLine(`@${terminalLine(event.person)} ${terminalText(event.text)}`);
        of(event.taskId).isAtStart = true;
        return;
      case "approval_requested":
        paper.setStatus("");
        paper.writeLine(terminalText(event.text));
        paper.writeLine(style.dim(APPROVAL_HINT));
        of(event.taskId).isAtStart = true;
        return;
      case "approval_decided":
        paper.writeLine(style.dim(terminalText(event.text)));
        return;
      case "execution_complete": {
        nameMessages(event.messageIds);
        paper.setStatus("");
        if (event.state === "done") complete(of(event.taskId), event.text);
        else {
          const { said, sentence } = partsOfEnd(event.text);
          if (said !== "") complete(of(event.taskId), said);
          paper.writeLine((event.state === "failed" ? style.bad : style.dim)(terminalText(sentence)));
        }
        paper.writeLine("");
        writing = undefined;
        return;
      }
    }
  };
}
