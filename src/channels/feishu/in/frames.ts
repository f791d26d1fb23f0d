// The binary frames of the long connection, as bytes and back. Knows nothing of what they carry.

import protobuf from "protobufjs";
import { z } from "zod";

const FRAME = protobuf
  .parse(`
    syntax = "proto2";
    message Header { required string key = 1; required string value = 2; }
    message Frame {
      required uint64 SeqID = 1;
      required uint64 LogID = 2;
      required int32 service = 3;
      required int32 method = 4;
      repeated Header headers = 5;
      optional string payload_encoding = 6;
      optional string payload_type = 7;
      optional bytes payload = 8;
      optional string LogIDNew = 9;
    }`)
  .root.lookupType("Frame");

export const CONTROL = 0;
export const DATA = 1;

const frameShape = z.object({
  // 64 bits: kept as they came, only to be handed back.
  SeqID: z.unknown(),
  LogID: z.unknown(),
  service: z.number(),
  method: z.number(),
  headers: z.array(z.object({ key: z.string(), value: z.string() })),
  payload: z.instanceof(Uint8Array).optional(),
  LogIDNew: z.string().optional(),
});

export type Frame = z.infer<typeof frameShape>;

/** Throws on bytes that are no frame. */
export const decodeFrame = (bytes: Uint8Array): Frame =>
  frameShape.parse(FRAME.toObject(FRAME.decode(bytes), { arrays: true }));

export const encodeFrame = (frame: Frame): Uint8Array => FRAME.encode(FRAME.fromObject(frame)).finish();

export const pingFrame = (service: number): Frame => ({
  SeqID: 0,
  LogID: 0,
  service,
  method: CONTROL,
  headers: [{ key: "type", value: "ping" }],
});

/** The first value under this name. */
export const headerOf = ({ headers }: Frame, name: string): string | undefined =>
  headers.find(({ key }) => key === name)?.value;
