import { crc32, deflateRawSync } from "node:zlib";

export type ZipPart = {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** What the archive claims, where that is not the truth. */
  readonly claims?: {
    readonly size?: number;
    readonly localName?: string;
    readonly checksum?: number;
    readonly method?: number;
    readonly flags?: number;
  };
  /** Unix type and permission bits. */
  readonly mode?: number;
};

/** A ZIP archive made by hand, so that it can say what a packer never would. */
export function buildZip(parts: readonly ZipPart[], comment = ""): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, data = "", claims = {}, mode = 0o100644 } of parts) {
    const bytes = Buffer.from(data);
    const packed = deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800 | (claims.flags ?? 0), 2);
    fields.writeUInt16LE(claims.method ?? 8, 4);
    fields.writeUInt32LE(claims.checksum ?? crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claims.size ?? bytes.length, 18);
    const own = Buffer.from(claims.localName ?? name);
    const listed = Buffer.from(name);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), withNameLength(fields, own), own, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    centrals.push(
      Buffer.concat([
        Buffer.from("PK\x01\x02"),
        Buffer.from([20, 3]),
        withNameLength(fields, listed),
        tail,
        listed,
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, directory, end, Buffer.from(comment)]);
}

function withNameLength(fields: Buffer, name: Buffer): Buffer {
  const copy = Buffer.from(fields);
  copy.writeUInt16LE(name.length, 22);
  return copy;
}
