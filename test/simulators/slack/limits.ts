// Slack's numbers, each from the facts: what is cut, refused, retried and expired, and when.

// Text
export const TEXT_CHARS_MAX = 40_000;
export const UPDATE_TEXT_CHARS_MAX = 4_000;
export const MARKDOWN_CHARS_MAX = 12_000;
export const METADATA_BYTES_MAX = 8_000;

// Blocks
export const MESSAGE_BLOCKS_MAX = 50;
export const VIEW_BLOCKS_MAX = 100;
/** Undocumented: all text of a message's blocks together. */
export const BLOCKS_CHARS_MAX = 13_200;

// Streams
export const STREAM_LIFE_MS = 5 * 60_000;
export const STREAM_BYTES_MAX = 11_000;
export const TASK_FIELD_CHARS_MAX = 256;

// Agent threads
export const STATUS_LIFE_MS = 2 * 60_000;
export const LOADING_MESSAGES_MAX = 10;
export const LOADING_MESSAGE_CHARS_MAX = 50;
export const PROMPTS_MAX = 4;
export const SESSION_TITLE_CHARS_MAX = 200;

// Interactivity
export const TRIGGER_LIFE_MS = 3_000;
export const RESPONSE_URL_LIFE_MS = 30 * 60_000;
export const RESPONSE_URL_USES_MAX = 5;
export const VIEW_BYTES_MAX = 250_000;
export const VIEW_TITLE_CHARS_MAX = 24;

// Delivery
export const ACK_MS = 3_000;
/** After the first try: nearly at once, a minute, five minutes; given as parts of the 3 s so that tests can shrink all of it. */
export const RETRY_DELAYS_IN_ACKS = [0.1, 20, 100] as const;
export const REDIRECTS_MAX = 2;

// Socket Mode
export const CONNECTIONS_MAX = 10;
export const TICKET_LIFE_MS = 30_000;
export const CONNECTION_LIFE_MS = 18_060_000;
export const DEBUG_CONNECTION_LIFE_MS = 360_000;
/** Between the `warning` and the end of a connection. */
export const WARNING_MS = 10_000;

// Pages
export const PAGE_DEFAULT = 100;
export const PAGE_MAX = 999;
export const COMMERCIAL_PAGE_MAX = 15;
