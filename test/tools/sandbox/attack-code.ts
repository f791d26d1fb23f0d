// Attacks in languages other than the shell's.

export const python = (code: string): string => `python3 - <<'CODE'\nimport os, socket, ctypes, sys\n${code}\nCODE`;
export const perl = (code: string): string => `perl -e '${code}'`;
