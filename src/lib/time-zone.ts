// Whether a name is that of a time zone. Apart from times as they are said, because every command reads a configuration.

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
