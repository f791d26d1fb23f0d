// Takes secrets out of any text on its way out: known values first, then what looks like one. Every pattern has bounded
// quantifiers and a fixed beginning, so the time is linear whatever the text is. A line of JSON stays one.

export const MARK = "[redacted]";
const KNOWN_CHARS_MIN = 8;

/** A word begins here; in a line of JSON it may stand right behind an escaped line feed. */
const START = String.raw`(?:(?<![A-Za-z0-9_])|(?<=\\[bfnrt]))`;
const startingWith = (source: string, flags = "g"): RegExp => new RegExp(START + source, flags);

/** Keys that tell by their look what they are. */
export const keyPatterns: readonly RegExp[] = [
  // Digits, a vendor's prefix or a long run: the names of styles and files begin with sk- as well.
  startingWith("sk-(?:(?:ant|proj|svcacct|admin|or|live|test)-|(?=[A-Za-z_-]{0,80}\\d))[A-Za-z0-9_-]{12,200}"),
  startingWith("(?:sk-[A-Za-z0-9]{20,200}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,200})"),
  startingWith("x(?:ox[a-z]|app)-[A-Za-z0-9-]{10,200}"),
  startingWith("xoxe\\.[A-Za-z0-9.-]{10,300}"),
  startingWith("gh[opsur]_[A-Za-z0-9]{20,200}"),
  startingWith("github_pat_[A-Za-z0-9_]{20,200}"),
  startingWith("(?:npm|hf|gsk|r8)_[A-Za-z0-9]{20,200}"),
  startingWith("(?:glpat|xai|pplx)-[A-Za-z0-9_-]{20,200}"),
  startingWith("AKIA[A-Z0-9]{16}(?![A-Z0-9])"),
  startingWith("AIza[A-Za-z0-9_-]{30,60}"),
  // Feishu's tenant and user tokens.
  startingWith("[tu]-[A-Za-z0-9.]{30,80}(?![A-Za-z0-9_-])"),
  // Not behind a hyphen either: a run of them would be read from each of its parts.
  /(?:(?<![A-Za-z0-9_-])|(?<=\\[bfnrt]))ey[A-Za-z0-9_-]{10,2000}\.ey[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
];

/** Patterns of which a part stays: the name of the header, the user of the URL, the address of the web hook. */
const partial: readonly (readonly [RegExp, string])[] = [
  [
    /(authorization["'\\]{0,16}\s{0,4}[:=]\s{0,4}["'\\]{0,16}(?:bearer|basic|token)\s{1,4})[A-Za-z0-9+/=._~-]{6,2000}/gi,
    `$1${MARK}`,
  ],
  [
    startingWith(
      "((?:bearer|basic)\\s{1,4})(?=[A-Za-z+/._~-]{0,200}[\\d=]|[A-Za-z0-9]{24})[A-Za-z0-9+/=._~-]{12,2000}",
      "gi",
    ),
    `$1${MARK}`,
  ],
  [/(:\/\/[^\s:/@"']{0,100}):[^\s/@"']{1,200}@/g, `$1:${MARK}@`],
  [/(hooks\.slack\.com\/services\/|\/open-apis\/bot\/v2\/hook\/)[A-Za-z0-9/_-]{8,200}/g, `$1${MARK}`],
];

const SECRET_NAMES =
  "(?:api|access|secret|private|signing|encrypt|auth)[_-]?(?:access[_-]?)?key|secret|passw(?:or)?d|passphrase|pwd|token|authorization|密码|密钥|口令|令牌";
const NAMED = new RegExp(
  `(?<name>${SECRET_NAMES})(?<nameEnd>\\\\{0,15}["'])?(?<between>\\s{0,4}[:=：]\\s{0,4})` +
    // Quoted with escapes of its own, quoted inside a quoted text, bare.
    "(?:(?<quote>[\"'])(?<quoted>(?:[^\"'\\\\\\s]|\\\\.){6,300})|(?<escapedQuote>\\\\{1,15}[\"'])(?<escaped>[^\"'\\\\\\s]{6,300})" +
    "|(?<bare>[^\\s\"'`,;&\\\\()[\\]{}<>]{6,300}))",
  "gi",
);
const PASSWORD = /passw|pwd|passphrase|密码|口令/i;
const ASCII = /^[\x21-\x7e]+$/;
const LETTER_AND_DIGIT = /^(?=.{0,300}[a-z])(?=.{0,300}\d)/i;
/** What stands for a secret in documents and code: types, placeholders, names of variables. */
const STAND_IN =
  /^(?:string|number|boolean|unknown|undefined|required|optional|redacted|bearer|basic|[A-Z]+(?:_[A-Z]+)+|\$.*|%.*|\*+|\.{3}.*)$/;

interface Groups {
  readonly name: string;
  readonly nameEnd?: string;
  readonly between: string;
  readonly quote?: string;
  readonly quoted?: string;
  readonly escapedQuote?: string;
  readonly escaped?: string;
  readonly bare?: string;
}

function redactNamed(match: string, groups: Groups, next: string): string {
  const { name, nameEnd = "", between, quote = "", quoted, escapedQuote = "", escaped, bare } = groups;
  const value = quoted ?? escaped ?? bare ?? "";
  if (STAND_IN.test(value) || value.toLowerCase().endsWith(name.toLowerCase())) return match;
  if (bare === undefined) return `${name}${nameEnd}${between}${quote}${escapedQuote}${MARK}`;
  // A bare value behind a quoted name is a number in JSON; numbers of tokens are no secrets.
  if (nameEnd !== "") return PASSWORD.test(name) ? `${name}${nameEnd}${between}${nameEnd}${MARK}${nameEnd}` : match;
  const isChinese = !ASCII.test(name);
  const isTight = !/\s/.test(between) && (between === "=" || isChinese);
  const isCode = next === "(" || next === "[";
  const isSecret = ASCII.test(value) && !isCode && (isTight || isChinese || LETTER_AND_DIGIT.test(value));
  return isSecret ? `${name}${between}${MARK}` : match;
}

export type Redact = (text: string) => string;

/** Values shorter than eight characters are not taken out: they would take ordinary words with them. */
export function createRedactor(secrets: readonly string[]): Redact {
  const values = secretForms(secrets);
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, MARK);
    for (const pattern of keyPatterns) clean = clean.replace(pattern, MARK);
    for (const [pattern, replacement] of partial) clean = clean.replace(pattern, replacement);
    return clean.replace(NAMED, (match: string, ...rest: unknown[]) => {
      const [offset, whole, groups] = rest.slice(-3) as [number, string, Groups];
      return redactNamed(match, groups, whole[offset + match.length] ?? "");
    });
  };
}

/** All that a secret may look like on its way out, the longest first. */
export const secretForms = (secrets: readonly string[]): readonly string[] =>
  [...new Set(secrets.filter((secret) => secret.length >= KNOWN_CHARS_MIN).flatMap(forms))].sort(
    (a, b) => b.length - a.length,
  );

const forms = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString("base64"),
];
