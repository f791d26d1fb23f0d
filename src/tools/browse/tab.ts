// What the tool `browse` and its engines say to each other: a tab is the browser of one task, with a page in it.

export type TabAction =
  | { readonly action: "open"; readonly url: string }
  | { readonly action: "click"; readonly target: number }
  | { readonly action: "type"; readonly target: number; readonly text: string; readonly submit: boolean }
  | { readonly action: "select"; readonly target: number; readonly option: string }
  | { readonly action: "press"; readonly key: string }
  | { readonly action: "scroll" | "back" | "read" };

/** A page as it is read. */
export interface PageView {
  readonly url: string;
  /** Of the answer it came with, if it is known. */
  readonly status: number | undefined;
  readonly title: string;
  /** Links and fields that can be used carry their number, such as #3. */
  readonly markdown: string;
  readonly isCut: boolean;
  /** What happened on the way: a dialog, a download, what was refused. */
  readonly notes: readonly string[];
}

export interface Tab {
  /** Throws an Error whose message says what to do instead. */
  act(action: TabAction, signal: AbortSignal): Promise<PageView>;
  /** PNG. */
  picture(signal: AbortSignal): Promise<Buffer>;
  /** It crashed, hangs or was closed: it is good for nothing any more. */
  isLost(): boolean;
  close(): Promise<void>;
}

export interface BrowseEngine {
  readonly name: "chromium" | "http";
  newTab(): Promise<Tab>;
  close(): Promise<void>;
}
