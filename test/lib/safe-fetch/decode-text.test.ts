// Pages in the charsets of the world, said or unsaid.

import { expect, test } from "vitest";
import { decodeText } from "../../../src/lib/safe-fetch/decode-text.ts";

// "你好，世界" and friends, by each charset's own bytes.
const GBK = Buffer.from("c4e3bac3a3accac0bde7", "hex");
const BIG5 = Buffer.from("a741a66ea141a540acc9", "hex");
const SHIFT_JIS = Buffer.from("93fa967b8cea", "hex");
const EUC_KR = Buffer.from("c7d1b1b9", "hex");
const KOI8 = Buffer.from("f0d2c9d7c5d4", "hex");
const ascii = (text: string) => Buffer.from(text, "latin1");

test.each([
  ["GBK by the header", GBK, "gbk", "你好，世界"],
  ["GB2312 by the header", GBK, "GB2312", "你好，世界"],
  ["GBK unsaid", GBK, undefined, "你好，世界"],
  ["GBK under a header that nobody knows", GBK, "x-unknown", "你好，世界"],
  [
    "GBK by a meta tag",
    Buffer.concat([ascii('<meta charset="gbk">'), GBK]),
    undefined,
    '<meta charset="gbk">你好，世界',
  ],
  [
    "Big5 by an old meta tag",
    Buffer.concat([ascii("<meta http-equiv=content-type content='text/html; charset=big5'>"), BIG5]),
    undefined,
    "<meta http-equiv=content-type content='text/html; charset=big5'>你好，世界",
  ],
  [
    "Shift_JIS by an XML line",
    Buffer.concat([ascii('<?xml version="1.0" encoding="Shift_JIS"?>'), SHIFT_JIS]),
    undefined,
    '<?xml version="1.0" encoding="Shift_JIS"?>日本語',
  ],
  ["EUC-KR", EUC_KR, "euc-kr", "한국"],
  ["KOI8-R", KOI8, "koi8-r", "Привет"],
  ["Latin-1", Buffer.from("4772fc6e", "hex"), "iso-8859-1", "Grün"],
  ["Latin-1 unsaid", Buffer.from("636166e9", "hex"), undefined, "café"],
  ["UTF-8 unsaid", Buffer.from("Grün 你好"), undefined, "Grün 你好"],
  [
    "long UTF-8 cut in a character",
    Buffer.from("你".repeat(30_000)).subarray(0, 89_999),
    undefined,
    `${"你".repeat(29_999)}\ufffd`,
  ],
  [
    "long GBK cut in a character",
    Buffer.concat(Array(9_000).fill(GBK)).subarray(0, 89_999),
    undefined,
    `${"你好，世界".repeat(8_999)}你好，世\ufffd`,
  ],
  ["UTF-16 by its mark", Buffer.from("fffe604f7d59", "hex"), "utf-8", "你好"],
  ["a mark before what the header says", Buffer.from("\ufeffhi"), "gbk", "hi"],
  ["a UTF-16 that cannot be true", Buffer.from('<meta charset="utf-16">é'), undefined, '<meta charset="utf-16">é'],
  ["nothing", Buffer.alloc(0), undefined, ""],
])("%s", (_, bytes, charset, text) => expect(decodeText(bytes, charset)).toBe(text));
