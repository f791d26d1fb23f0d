// Runs inside of every page before its own scripts: what would open a new window opens in the same one, so that there is always one
// page to look at. It is a convenience; what gets round it is closed from outside.

export function stayInOneWindow(): void {
  const isNewWindow = (name: string): boolean =>
    name !== "" &&
    !["_self", "_top", "_parent"].includes(name) &&
    !document.getElementsByName(name)[0]?.matches("iframe,frame");
  const nameOf = (element: HTMLAnchorElement | HTMLAreaElement | HTMLFormElement): string =>
    element.target || document.querySelector("base[target]")?.getAttribute("target") || "";

  window.open = (url = "") => {
    const whole = URL.parse(String(url), document.baseURI);
    if (String(url) !== "" && whole && /^https?:$/.test(whole.protocol)) window.location.assign(whole);
    return null;
  };
  window.addEventListener(
    "click",
    (event) => {
      for (const element of event.composedPath()) {
        const isLink = element instanceof HTMLAnchorElement || element instanceof HTMLAreaElement;
        if (isLink && isNewWindow(nameOf(element))) element.target = "_self";
      }
    },
    true,
  );
  window.addEventListener(
    "submit",
    ({ target }) => {
      if (target instanceof HTMLFormElement && isNewWindow(nameOf(target))) target.target = "_self";
    },
    true,
  );
}
