// localStorage where the browser allows it; else a storage that lives as long as the page, so that nothing else must care.

/** @param {() => Storage} open reading `localStorage` is what throws where storage is forbidden @returns {Storage} */
export function openStorage(open) {
  try {
    return open();
  } catch {
    return memoryStorage();
  }
}

/** @returns {Storage} */
export function memoryStorage() {
  /** @type {Map<string, string>} */
  const values = new Map();
  return {
    get length() {
      return values.size;
    },
    key: (index) => [...values.keys()][index] ?? null,
    getItem: (name) => values.get(name) ?? null,
    setItem: (name, value) => void values.set(name, value),
    removeItem: (name) => void values.delete(name),
    clear: () => values.clear(),
  };
}
