// Where a message is written: Enter sends, Shift+Enter starts a new line, an input method's Enter only chooses a word.

const TEXT_CHARS_MAX = 200_000;

/**
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} area
 * @param {{ onSend: (text: string) => boolean, onTooLong: () => void }} handlers `onSend` tells whether the text was taken
 */
export function createComposer(form, area, { onSend, onTooLong }) {
  const growsItself = CSS.supports("field-sizing", "content");

  function resize() {
    form.classList.toggle("empty", area.value.trim() === "");
    if (growsItself) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }

  function send() {
    const text = area.value.trim();
    if (text === "") return;
    if (text.length > TEXT_CHARS_MAX) {
      onTooLong();
      return;
    }
    if (!onSend(text)) return;
    area.value = "";
    resize();
  }

  area.addEventListener("input", resize);
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    // 229 is how Safari tells the Enter that ends a composition, after it has already called it over.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
    area.focus();
  });
  resize();

  return {
    /** @param {string} text */
    put(text) {
      area.value = area.value.trim() === "" ? text : `${text}\n${area.value}`;
      resize();
      area.focus();
    },
    /** Each conversation has its own half-written message. @param {string} text @returns {string} what stood there */
    swap(text) {
      const before = area.value;
      area.value = text;
      resize();
      return before;
    },
    focus: () => area.focus(),
  };
}
