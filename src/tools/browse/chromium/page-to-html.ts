// Runs inside of a page: what a person sees of it as simple HTML, links and controls numbered. It is handed to the browser as text,
// so it must not use anything from outside of itself; all its bounds are its own.

export interface SimplePage {
  readonly title: string;
  readonly html: string;
  readonly isCut: boolean;
  /** What the numbers stand for; the first has the number that was handed in. */
  readonly controls: readonly Element[];
}

export function pageToHtml(firstNumber: number): SimplePage {
  const NODES_MAX = 60_000;
  const TIME_MS_MAX = 2_500;
  const CHARS_MAX = 1_500_000;
  const CONTROLS_MAX = 1_500;
  const DEPTH_MAX = 300;
  /** Each level is a few calls deep on the page's own stack. */
  const DEEPEST = 1_000;
  const LABEL_CHARS_MAX = 120;
  const OPTIONS_MAX = 25;

  const KEPT = new Set(
    (
      "h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table thead tbody tr td th pre code kbd blockquote strong b em i main nav footer " +
      "aside article header section figure figcaption details address caption"
    ).split(" "),
  );
  const SKIPPED = new Set(
    "script style noscript template svg canvas object embed head iframe frame audio video".split(" "),
  );
  const ROLES: Record<string, string> = {
    button: "button",
    checkbox: "checkbox",
    combobox: "field",
    link: "link",
    menuitem: "button",
    menuitemcheckbox: "checkbox",
    menuitemradio: "radio",
    option: "option",
    radio: "radio",
    searchbox: "field",
    slider: "slider",
    spinbutton: "field",
    switch: "switch",
    tab: "tab",
    textbox: "field",
    treeitem: "item",
  };

  const pieces: string[] = [];
  const controls: Element[] = [];
  let nodes = 0;
  let chars = 0;
  let isCut = false;
  const startedAt = performance.now();

  const escaped = (text: string): string =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  const line = (text: string | null | undefined, max = LABEL_CHARS_MAX): string =>
    (text ?? "")
      .slice(0, max * 4)
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, max);

  function write(text: string): void {
    chars += text.length;
    if (chars > CHARS_MAX) isCut = true;
    else pieces.push(text);
  }

  function numbered(element: Element): string {
    controls.push(element);
    return `#${firstNumber + controls.length - 1}`;
  }

  // biome-ignore lint/performance/useDomNodeTextContent: what a person does not see is not to be told.
  const shownText = (element: HTMLElement | undefined): string => element?.innerText ?? "";

  function textOfIds(ids: string | null): string {
    const texts = (ids ?? "")
      .split(/\s+/, 4)
      .map((id) => (id === "" ? "" : (document.getElementById(id)?.textContent ?? "")));
    return texts.join(" ");
  }

  function labelOf(element: Element): string {
    const own = line(element.getAttribute("aria-label")) || line(textOfIds(element.getAttribute("aria-labelledby")));
    if (own !== "") return own;
    const isField =
      element instanceof HTMLInputElement ||
      element instanceof HTMLSelectElement ||
      element instanceof HTMLTextAreaElement;
    const said = isField ? line(shownText(element.labels?.[0])) : "";
    if (said !== "") return said;
    for (const name of ["placeholder", "title", "alt", "name", "id"]) {
      const found = line(element.getAttribute(name));
      if (found !== "") return found;
    }
    return "";
  }

  const wordsOf = (element: Element): string => {
    const named = line(element.getAttribute("aria-label"));
    if (named !== "") return named;
    const seen = line(element instanceof HTMLElement ? shownText(element) : element.textContent);
    if (seen !== "") return seen;
    return line(element.querySelector("img[alt]")?.getAttribute("alt")) || labelOf(element);
  };

  function say(element: Element, kind: string, label: string, state = ""): void {
    const isDisabled = element.matches(":disabled") || element.getAttribute("aria-disabled") === "true";
    if (isDisabled || controls.length >= CONTROLS_MAX) {
      write(` [${kind} ${escaped(`"${label}"`)}${isDisabled ? ", disabled" : ""}] `);
      return;
    }
    write(` [${numbered(element)} ${kind} ${escaped(`"${label}"${state === "" ? "" : `: ${state}`}`)}] `);
  }

  function select(element: HTMLSelectElement): void {
    const options = Array.from(element.options).slice(0, OPTIONS_MAX);
    const chosen = Array.from(element.selectedOptions)
      .slice(0, 5)
      .map(({ text }) => line(text, 60));
    const all = options.map(({ text }) => line(text, 60)).join(" | ");
    const more = element.options.length > OPTIONS_MAX ? ` | and ${element.options.length - OPTIONS_MAX} more` : "";
    say(element, "choice", labelOf(element), `${chosen.join(", ") || "nothing chosen"} (of: ${all}${more})`);
  }

  function input(element: HTMLInputElement): void {
    const { type, value } = element;
    if (type === "hidden") return;
    if (["submit", "button", "reset", "image"].includes(type)) {
      say(element, "button", line(value) || labelOf(element) || type);
    } else if (type === "checkbox" || type === "radio") {
      say(element, type, labelOf(element), element.checked ? "on" : "off");
    } else if (type === "file") {
      write(` [file field ${escaped(`"${labelOf(element)}"`)}, no uploads] `);
    } else {
      const shown = type === "password" ? (value === "" ? "empty" : "filled") : line(value) || "empty";
      say(element, type === "text" ? "field" : `${line(type, 20)} field`, labelOf(element), shown);
    }
  }

  /** Whether the element is a control and has been told whole. */
  function control(element: Element): boolean {
    if (element instanceof HTMLInputElement) input(element);
    else if (element instanceof HTMLSelectElement) select(element);
    else if (element instanceof HTMLTextAreaElement)
      say(element, "text field", labelOf(element), line(element.value, 300) || "empty");
    else if (element instanceof HTMLButtonElement) say(element, "button", wordsOf(element));
    else if (element instanceof HTMLElement && element.isContentEditable) {
      say(element, "text field", labelOf(element), line(shownText(element), 300) || "empty");
    } else return controlByRole(element);
    return true;
  }

  function controlByRole(element: Element): boolean {
    const kind = element.localName === "summary" ? "button" : ROLES[element.getAttribute("role") ?? ""];
    const isLinkTag = element.localName === "a" && element.hasAttribute("href");
    if (kind === undefined && !isLinkTag && !isMadeClickable(element)) return false;
    if (isLinkTag && (kind === undefined || kind === "link")) return false;
    const checked = element.getAttribute("aria-checked") ?? element.getAttribute("aria-selected");
    say(element, kind ?? "button", wordsOf(element), checked === null ? "" : checked === "true" ? "on" : "off");
    return true;
  }

  /** What a script made clickable: it shows a hand of its own, and is small enough to be one thing. */
  function isMadeClickable(element: Element): boolean {
    if (!(element instanceof HTMLElement) || element.childElementCount > 6) return false;
    const isHand = getComputedStyle(element).cursor === "pointer";
    const parent = element.parentElement;
    if (!isHand || element.localName === "label" || (parent && getComputedStyle(parent).cursor === "pointer"))
      return false;
    if (element.querySelector("a,button,input,select,textarea")) return false;
    return (element.textContent ?? "").length <= 200;
  }

  function link(element: HTMLAnchorElement, depth: number): void {
    const isWeb = /^https?:/.test(element.href);
    const isPlain = element.href === "" || element.href.startsWith("mailto:");
    if (isPlain || controls.length >= CONTROLS_MAX) children(element, depth);
    else if (!isWeb) say(element, "link", wordsOf(element));
    else {
      write(`<a href="${escaped(element.href.slice(0, 2_000))}">${numbered(element)} `);
      if (shownText(element).trim() === "") write(escaped(wordsOf(element)));
      else children(element, depth);
      write("</a>");
    }
  }

  function children(parent: Element | ShadowRoot, depth: number): void {
    for (const node of parent.childNodes) {
      if (isCut) return;
      visit(node, depth);
    }
  }

  function visit(node: Node, depth: number): void {
    nodes += 1;
    const isLate = nodes % 100 === 0 && performance.now() - startedAt > TIME_MS_MAX;
    if (nodes > NODES_MAX || depth > DEEPEST || isLate) {
      isCut = true;
      return;
    }
    if (node.nodeType === Node.TEXT_NODE) write(escaped(node.nodeValue ?? ""));
    if (!(node instanceof Element) || SKIPPED.has(node.localName)) return;
    if (node.getAttribute("aria-hidden") === "true") return;
    const { display } = getComputedStyle(node);
    const isSeen = display === "contents" || node.checkVisibility({ visibilityProperty: true }) || hasSeenChild(node);
    if (display !== "none" && isSeen) element(node, display, depth);
  }

  /** Of hidden visibility, but with something in it that is shown again. */
  const hasSeenChild = (element: Element): boolean =>
    Array.from(element.children)
      .slice(0, 50)
      .some((child) => child.checkVisibility({ visibilityProperty: true }));

  function element(node: Element, display: string, depth: number): void {
    if (node.localName === "br" || node.localName === "hr") write(`<${node.localName}>`);
    else if (node instanceof HTMLImageElement) picture(node);
    else if (control(node)) return;
    else if (node instanceof HTMLAnchorElement) link(node, depth);
    else container(node, display, depth);
  }

  function picture({ src, alt }: HTMLImageElement): void {
    const address = /^https?:/.test(src) ? ` src="${escaped(src.slice(0, 2_000))}"` : "";
    write(`<img alt="${escaped(line(alt, 300))}"${address}>`);
  }

  function container(node: Element, display: string, depth: number): void {
    const isBlock = display !== "inline" && display !== "contents" && !display.startsWith("inline-");
    const tag = KEPT.has(node.localName) ? node.localName : isBlock ? "div" : undefined;
    const isOpened = tag !== undefined && depth < DEPTH_MAX;
    const role = node.getAttribute("role");
    if (isOpened) write(role === null ? `<${tag}>` : `<${tag} role="${escaped(role.slice(0, 30))}">`);
    if (node.shadowRoot) children(node.shadowRoot, depth + 1);
    if (node instanceof HTMLSlotElement && node.assignedNodes().length > 0) {
      for (const given of node.assignedNodes()) visit(given, depth + 1);
    } else if (!node.shadowRoot) children(node, depth + 1);
    if (isOpened) write(`</${tag}>`);
  }

  if (document.body) visit(document.body, 0);
  return { title: document.title.slice(0, 300), html: pieces.join(""), isCut, controls };
}
