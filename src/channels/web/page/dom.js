// Three small tools over the DOM: make an element, keep a list of views in step with a list of values, show blocks of HTML.

/**
 * @param {string} tag
 * @param {Record<string, string | boolean | undefined>} [attributes] `true` is an empty attribute, `false` and undefined none
 * @param {(Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** @param {string} name one of the symbols in index.html */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(namespace, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** Writes only what differs, so that a selection or an open row stays as it is. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @template Value
 * @typedef {{ node: HTMLElement, update(value: Value): void }} View
 */

/**
 * Keeps `parent`'s children in step with a list: views are made, updated, moved and removed by key.
 * @template Value
 * @param {HTMLElement} parent
 * @param {(value: Value) => View<Value>} make
 * @returns {(entries: readonly (readonly [key: string, value: Value])[]) => void}
 */
export function createList(parent, make) {
  /** @type {Map<string, View<Value>>} */
  let views = new Map();
  return (entries) => {
    /** @type {Map<string, View<Value>>} */
    const next = new Map();
    for (const [key, value] of entries) {
      const view = views.get(key) ?? make(value);
      view.update(value);
      next.set(key, view);
    }
    for (const [key, view] of views) if (next.get(key) !== view) view.node.remove();
    /** @type {ChildNode | null} */
    let place = parent.firstChild;
    for (const { node } of next.values()) {
      if (node === place) place = place.nextSibling;
      else parent.insertBefore(node, place);
    }
    views = next;
  };
}

/**
 * Shows blocks of safe HTML and touches only those that changed: what is read, marked or unfolded above stays.
 * @param {HTMLElement} parent
 * @returns {(blocks: readonly string[]) => void}
 */
export function createBlocks(parent) {
  /** @type {{ html: string, nodes: ChildNode[] }[]} */
  let shown = [];
  return (blocks) => {
    let same = 0;
    while (same < shown.length && shown[same]?.html === blocks[same]) same += 1;
    for (const { nodes } of shown.slice(same)) for (const node of nodes) node.remove();
    const added = blocks.slice(same).map((html) => {
      const template = document.createElement("template");
      template.innerHTML = html;
      const nodes = Array.from(template.content.childNodes);
      parent.append(template.content);
      return { html, nodes };
    });
    shown = [...shown.slice(0, same), ...added];
  };
}
