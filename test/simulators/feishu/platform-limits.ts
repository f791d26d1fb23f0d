// The numbers of the open platform, each under its name. Times in milliseconds, sizes in bytes unless the name says otherwise.

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

// Delivery
export const ACK_MS_MAX = 3 * SECOND_MS;
export const CHALLENGE_MS_MAX = 1 * SECOND_MS;
export const REDELIVERY_DELAYS_MS: readonly number[] = [15 * SECOND_MS, 5 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS];
export const CONNECTIONS_MAX = 50;
export const FRAME_PAYLOAD_BYTES = 512 * 1024;

// Tokens
export const TOKEN_LIFE_MS = 2 * HOUR_MS;
/** The same token is handed out until less than this remains of it. */
export const TOKEN_RENEWAL_MS = 30 * MINUTE_MS;
export const CLICK_TOKEN_LIFE_MS = 30 * MINUTE_MS;
export const CLICK_TOKEN_USES_MAX = 2;

// Messages
export const UUID_CHARS_MAX = 50;
export const UUID_LIFE_MS = 60 * MINUTE_MS;
export const TEXT_BYTES_MAX = 150 * 1024;
export const RICH_BYTES_MAX = 30 * 1024;
export const EDITS_MAX = 20;
export const CARD_PATCH_LIFE_MS = 14 * DAY_MS;
export const PAGE_SIZE_MAX = 50;
export const PAGE_SIZE_DEFAULT = 20;
export const MEMBER_PAGE_SIZE_MAX = 100;

// Cards
export const CARD_ELEMENTS_MAX = 200;
export const CARD_TABLES_MAX = 5;
export const CARD_NESTING_MAX = 5;
export const ELEMENT_ID_CHARS_MAX = 20;
export const INPUT_LENGTH_MAX = 1000;
export const BUTTON_TEXT_CHARS_MAX = 100;
export const STREAM_TEXT_CHARS_MAX = 100_000;
export const CARD_LIFE_MS = 14 * DAY_MS;
export const CARD_UUID_CHARS_MAX = 64;
export const STREAMING_MS_MAX = 10 * MINUTE_MS;
export const SEQUENCE_MAX = 2 ** 31 - 1;

// Files
export const IMAGE_BYTES_MAX = 10 * 1024 * 1024;
export const FILE_BYTES_MAX = 30 * 1024 * 1024;
export const IMAGE_SIDE_PX_MAX = 12_000;
export const GIF_SIDE_PX_MAX = 2_000;
export const DOWNLOAD_BYTES_MAX = 100 * 1024 * 1024;

// Rates
export const CHAT_SENDS_PER_SECOND = 5;
export const MESSAGE_PATCHES_PER_SECOND = 5;
export const CARD_OPERATIONS_PER_SECOND = 10;
export const API_CALLS_PER_SECOND = 50;
export const API_CALLS_PER_MINUTE = 1000;
