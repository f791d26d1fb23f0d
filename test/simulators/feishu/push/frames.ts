// The long connection's binary frames, written down anew from their field numbers so that both sides do not share one codec.

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
  SeqID: z.number(),
  LogID: z.number(),
  service: z.number(),
  method: z.union([z.literal(CONTROL), z.literal(DATA)]),
  headers: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
  payload: z.instanceof(Uint8Array).optional(),
});

export interface Frame {
  readonly service: number;
  readonly method: typeof CONTROL | typeof DATA;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** Throws on bytes that are no frame. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const { service, method, headers, payload } = frameShape.parse(
    FRAME.toObject(FRAME.decode(bytes), { longs: Number }),
  );
  return {
    service,
    method,
    headers: Object.fromEntries(headers.map(({ key, value }) => [key, value])),
    payload: payload ?? new Uint8Array(),
  };
}

export function encodeFrame({ service, method, headers, payload }: Frame, sequence: number): Uint8Array {
  return FRAME.encode(
    FRAME.create({
      SeqID: sequence,
      LogID: sequence,
      service,
      method,
      headers: Object.entries(headers).map(([key, value]) => ({ key, value })),
      payload,
    }),
  ).finish();
}
