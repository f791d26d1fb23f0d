// A browser's storage, or one that lives as long as the page; browser-storage.js opens it.

/** `open` reads `localStorage`, which throws where storage is forbidden. */
export function openStorage(open: () => Storage): Storage;
export function memoryStorage(): Storage;
