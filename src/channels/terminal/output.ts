// Where a terminal client writes, and how: the style is chosen once, from what the terminal can and the person wants.

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Style {
  dim(text: string): string;
  bad(text: string): string;
}

const ESCAPE = "\u001b[";
const styled =
  (on: number, off: number) =>
  (text: string): string =>
    text === "" ? "" : `${ESCAPE}${on}m${text}${ESCAPE}${off}m`;
const plain = (text: string): string => text;

export const createStyle = (color: boolean): Style =>
  color ? { dim: styled(2, 22), bad: styled(31, 39) } : { dim: plain, bad: plain };

const COLUMNS = 80;

/** The width lines must fit in; one column stays free, because a full line makes some terminals wrap. */
export const columnsOf = ({ columns }: Output): number => Math.max(20, (columns || COLUMNS) - 1);
