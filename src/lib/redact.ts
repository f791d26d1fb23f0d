// Takes secrets out of any text on its way out: known values first, then patterns. Every pattern has bounded quantifiers and a
// fixed beginning, so the time is linear whatever the text is.

const MARK = "[redacted]";
const KNOWN_CHARS_MIN = 8;

const patterns: readonly RegExp[] = [
  /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{16,200}/g,
  /\bx(?:ox[abposr]|app)-[A-Za-z0-9-]{10,200}/g,
  /\bxoxe\.[A-Za-z0-9.-]{10,300}/g,
  /\bgh[opsur]_[A-Za-z0-9]{20,200}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,200}/g,
  /\bAKIA[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,60}/g,
  /\bey[A-Za-z0-9_-]{10,2000}\.ey[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
];
/** Patterns of which a part stays: the name of the header or the user of the URL. */
const partial: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s{1,4}[A-Za-z0-9+/=._~-]{12,2000}/gi, `$1 ${MARK}`],
  [/\b(postgres(?:ql)?|https?|redis|amqp):\/\/([^\s:/@]{1,100}):[^\s/@]{1,200}@/gi, `$1://$2:${MARK}@`],
  [
    /(api[_-]?key|secret|password|passwd|token|authorization|密码|密钥|口令)(["']?\s{0,4}[:=：]\s{0,4}["']?)[^\s"',;&]{6,300}/gi,
    `$1$2${MARK}`,
  ],
];

export type Redact = (text: string) => string;

/** Values shorter than eight characters are not taken out: they would take ordinary words with them. */
export function createRedactor(secrets: readonly string[]): Redact {
  const values = [...new Set(secrets.filter((secret) => secret.length >= KNOWN_CHARS_MIN).flatMap(forms))].sort(
    (a, b) => b.length - a.length,
  );
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, MARK);
    for (const pattern of patterns) clean = clean.replace(pattern, MARK);
    for (const [pattern, replacement] of partial) clean = clean.replace(pattern, replacement);
    return clean;
  };
}

const forms = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString("base64"),
];
