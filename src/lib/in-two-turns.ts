// What is asked for in one turn of the event loop is written to its sockets in the next; this comes behind that.

export function inTwoTurns(work: () => void): void {
  setImmediate(() => setImmediate(work));
}
