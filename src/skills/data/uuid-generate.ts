import { randomBytes, randomUUID } from "node:crypto";

import type { Context, Handler } from "../../contract/handler.ts";

type Input = { readonly version: "v4" | "v7"; readonly count: number };

/** New UUIDs of RFC 9562; those of version 7 are in ascending order. */
export const handler: Handler<Input> = async (ctx, { version, count }) => {
  const make = version === "v4" ? randomUUID : () => timeOrdered(ctx);
  const uuids = Array.from({ length: count }, () => make());
  if (version === "v7") uuids.sort();
  return { uuid: uuids[0], uuids, success: true };
};

// RFC 9562 §5.7: 48 bits of milliseconds, 4 of version, 12 random, 2 of variant, 62 random.
function timeOrdered(ctx: Context): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(ctx.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
