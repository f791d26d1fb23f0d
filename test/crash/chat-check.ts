// The promises, read off the ledger and off what people see: each message answered once, whole, in its turn; what was taken back is
// not; no tool ran twice that must not; no rule of the platform was broken.

import { join } from "node:path";
import Sqlite from "better-sqlite3";
import type { Asked, ChatPeople } from "./chat-people.ts";
import { questionIn, readAnswers } from "./chat-words.ts";
import type { ChatWorld } from "./chat-world.ts";
import type { Platform } from "./platform.ts";

export interface Checked {
  readonly folder: string;
  readonly world: ChatWorld;
  readonly people: ChatPeople;
  readonly platform: Platform;
}

interface Stored {
  readonly session: string;
  readonly seq: number;
  readonly text: string;
  readonly disposition: string | null;
}

/** What may stand between answers: whose turn it is, who is meant, which tools were used. */
const BESIDE =
  /(?:complete|error)(?:act|look)|Onemessageisbeforeyours|\d+messagesarebeforeyours|前面还有\d+条消息|[UW]0[A-Z0-9]{9}|(?:ou[a-z0-9]+)|Ann|Bob/g;

export function checkChat({ folder, world, people, platform }: Checked): readonly string[] {
  const database = new Sqlite(join(folder, "signalbox.db"), { readonly: true });
  const stored = database.prepare("select * from messages order by session, seq").all() as Stored[];
  const open = database
    .prepare("select count(*) as n from tasks where state not in ('done', 'failed', 'cancelled')")
    .get() as { n: number };
  database.close();
  const byName = new Map(
    stored.flatMap((row) => (questionIn(row.text) ? [[questionIn(row.text)?.name, row]] : [])) as [string, Stored][],
  );
  return [
    ...(open.n > 0 ? [`P1 ${open.n} tasks never ended`] : []),
    ...people.all.flatMap((asked) => outcomeOf(asked, byName.get(asked.name))),
    ...world.rooms.flatMap((room) => checkRoom(room, world, people, byName)),
    ...repeated(platform.actions),
    ...world.violations().map((violation) => `rule broken: ${violation}`),
  ];
}

/** What became of it, as far as the ledger tells. */
function outcomeOf({ name, isTakenBack }: Asked, row: Stored | undefined): readonly string[] {
  if (!row) return isTakenBack ? [] : [`P1 ${name} is lost`];
  if (row.disposition === "answered") return [];
  if (row.disposition === "cancelled" && isTakenBack) return [];
  return [`P1 ${name} ended as ${row.disposition}`];
}

function checkRoom(
  room: string,
  world: ChatWorld,
  people: ChatPeople,
  byName: ReadonlyMap<string, Stored>,
): readonly string[] {
  const here = people.all.filter((asked) => asked.room === room);
  const rows = here.flatMap((asked) => {
    const row = byName.get(asked.name);
    return row ? [{ ...asked, ...row }] : [];
  });
  const violations: string[] = [];
  if (new Set(rows.map(({ session }) => session)).size > 1) violations.push(`P2 ${room} is several conversations`);
  const { answers } = readRoom(room, world, here);
  const isSeen = (name: string): boolean => answers.some((answer) => answer.name === name);
  // One that was taken back while nobody listened is answered all the same, and its thread may be gone by then.
  const due = rows
    .filter(({ disposition, isTakenBack, name }) => disposition === "answered" && (!isTakenBack || isSeen(name)))
    .sort((one, other) => one.seq - other.seq);
  for (const { name } of here) {
    const times = answers.filter((answer) => answer.name === name).length;
    const isDue = due.some((asked) => asked.name === name);
    if (isDue && times === 0) violations.push(`P1 ${room}: ${name} shows no answer`);
    if (isDue && times > 1) violations.push(`P3 ${room}: ${name} is answered ${times} times`);
    if (!isDue && times > 0) violations.push(`P7 ${room}: ${name} was taken back and is answered`);
  }
  for (const { name, flaw } of answers)
    if (flaw !== "") violations.push(`P8 ${room}: the answer to ${name} is not whole: ${flaw}`);
  const order = answers.map(({ name }) => name).join();
  const wanted = due.map(({ name }) => name).join();
  if (order !== wanted && violations.length === 0)
    violations.push(`P2 ${room} was answered in the order ${order} instead of ${wanted}`);
  return [...violations, ...besides(room, world, here)];
}

const readRoom = (room: string, world: ChatWorld, here: readonly Asked[]) =>
  readAnswers(world.seen(room), (name) => here.find((asked) => asked.name === name));

/** What stands in the rooms and is no answer: of one that was taken back, while it is being taken away. */
export const shownBesides = (world: ChatWorld, people: ChatPeople): readonly string[] =>
  world.rooms.flatMap((room) =>
    besides(
      room,
      world,
      people.all.filter((asked) => asked.room === room),
    ),
  );

function besides(room: string, world: ChatWorld, here: readonly Asked[]): readonly string[] {
  const strange = readRoom(room, world, here).rest.replace(BESIDE, "");
  return strange === "" ? [] : [`P8 ${room} shows besides: ${strange.slice(0, 200)}`];
}

function repeated(actions: readonly string[]): readonly string[] {
  const times = new Map<string, number>();
  for (const action of actions.filter((one) => one.startsWith("act "))) times.set(action, (times.get(action) ?? 0) + 1);
  return [...times].flatMap(([action, n]) => (n > 1 ? [`P4 ${action} happened ${n} times`] : []));
}
