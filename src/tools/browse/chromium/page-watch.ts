// What happens to the page of a task while nobody looks: what it asks (dialogs are dismissed, downloads refused, windows closed),
// what it loads and how that ended, with notes of it for the model.

import type { BrowserContext, Frame, Page, Request, Response } from "playwright-core";

export interface PageWatch {
  /** The answer of the page itself. */
  answer(): Response | undefined;
  /** What failed last on the way to a page. */
  failure(): { readonly url: string; readonly cause: string } | undefined;
  /** How much is being loaded. */
  loading(): number;
  isCrashed(): boolean;
  /** Since it was asked last. */
  takeNotes(): readonly string[];
}

const NOTES_MAX = 12;
const WORDS_MAX = 300;
const REQUESTS_MAX = 5_000;

export function watchPage(context: BrowserContext, page: Page): PageWatch {
  const requests = new Set<Request>();
  let answer: Response | undefined;
  let failure: { url: string; cause: string } | undefined;
  let isCrashed = false;
  let notes: string[] = [];

  const isItself = (request: Request): boolean =>
    request.isNavigationRequest() && frameOf(request) === page.mainFrame();

  function note(text: string): void {
    if (notes.length < NOTES_MAX && !notes.includes(text)) notes.push(text);
  }

  page.on("dialog", (dialog) => {
    const isLeaving = dialog.type() === "beforeunload";
    if (!isLeaving) note(`A dialog (${dialog.type()}) was dismissed: ${dialog.message().slice(0, WORDS_MAX)}`);
    (isLeaving ? dialog.accept() : dialog.dismiss()).catch(() => {});
  });
  page.on("download", (download) => {
    note(`A download was refused: ${download.suggestedFilename().slice(0, WORDS_MAX)}`);
    download.cancel().catch(() => {});
  });
  page.on("filechooser", () => note("The page asked for a file; none can be uploaded."));
  page.on("crash", () => {
    isCrashed = true;
  });
  context.on("page", (other) => {
    if (other === page) return;
    note("The page opened another window, which was closed.");
    other.close().catch(() => {});
  });
  context.on("request", (request) => {
    if (isItself(request)) {
      requests.clear();
      answer = undefined;
      failure = undefined;
    }
    if (requests.size < REQUESTS_MAX) requests.add(request);
  });
  context.on("response", (response) => {
    if (isItself(response.request())) answer = response;
  });
  context.on("requestfinished", (request) => requests.delete(request));
  context.on("requestfailed", (request) => {
    requests.delete(request);
    if (isItself(request)) failure = { url: request.url(), cause: request.failure()?.errorText ?? "" };
  });

  return {
    answer: () => answer,
    failure: () => failure,
    loading: () => requests.size,
    isCrashed: () => isCrashed,
    takeNotes: () => {
      const taken = notes;
      notes = [];
      return taken;
    },
  };
}

/** The first request of a new window comes before its frame is there to be asked for. */
function frameOf(request: Request): Frame | undefined {
  try {
    return request.frame();
  } catch {
    return undefined;
  }
}
