import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { Header, type HeaderData } from "tar";
import { describe, expect, test } from "vitest";

import { oneIn } from "../one-in.ts";
import { snapshot } from "../snapshot.ts";
import { openStdlib } from "./stdlib-context.ts";
import { buildZip, type ZipPart } from "./zip-bytes.ts";
import { verifies } from "../requirements.ts";

verifies("stdlib:contract");

type TarPart = HeaderData & { readonly data?: string | Buffer };

function buildTar(parts: readonly TarPart[], end = 1024): Buffer {
  return Buffer.concat([
    ...parts.flatMap(({ data = "", ...fields }) => {
      const bytes = Buffer.from(data);
      const header = new Header({
        mode: 0o644,
        mtime: new Date(0),
        type: "File",
        size: bytes.length,
        ...fields,
      });
      header.encode();
      return [header.block ?? Buffer.alloc(512), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
    }),
    Buffer.alloc(end),
  ]);
}

async function unpack(format: "zip" | "tar", archive: Buffer, inputs: Record<string, unknown> = {}) {
  using stdlib = openStdlib();
  writeFileSync(join(stdlib.path, "archive"), archive);
  mkdirSync(join(stdlib.path, "out"));
  symlinkSync("/tmp", join(stdlib.path, "out", "link"));
  const before = snapshot(stdlib.path, { times: true });
  const outcome = await stdlib
    .run(`sys.archive.un${format}`, { archive_path: "archive", output_dir: "out", ...inputs })
    .catch((error: unknown) => ({ error }));
  return {
    outcome,
    unchanged: JSON.stringify(snapshot(stdlib.path, { times: true })) === JSON.stringify(before),
    effects: stdlib.effects(),
  };
}

describe.for(["zip", "tar"] as const)("%s", (format) => {
  test("packs and unpacks content, names and the executable bit, as one effect", async () => {
    using stdlib = openStdlib();
    const long = `d/${"n".repeat(120)}/${"ä".repeat(60)}.txt`;
    mkdirSync(join(stdlib.path, `d/${"n".repeat(120)}`), { recursive: true });
    writeFileSync(join(stdlib.path, "d/run.sh"), "#!/bin/sh\n");
    chmodSync(join(stdlib.path, "d/run.sh"), 0o755);
    writeFileSync(join(stdlib.path, "d/bytes"), Buffer.from([0, 255, 1]));
    writeFileSync(join(stdlib.path, "d/empty"), "");
    writeFileSync(join(stdlib.path, long), "long\n".repeat(1000));
    expect(
      await stdlib.run(`sys.archive.${format}`, { source_paths: ["./d"], output_path: "d/archive" }),
    ).toMatchObject({ file_count: 4 });
    expect(stdlib.effects()).toBe(1);
    const result = await stdlib.run(`sys.archive.un${format}`, {
      archive_path: "d/archive",
      output_dir: "out",
    });
    expect(result).toMatchObject({
      extracted: ["out/d/bytes", "out/d/empty", `out/${long}`, "out/d/run.sh"],
      file_count: 4,
    });
    expect(stdlib.effects()).toBe(2);
    for (const name of ["d/bytes", "d/empty", long, "d/run.sh"])
      expect(readFileSync(join(stdlib.path, "out", name))).toEqual(readFileSync(join(stdlib.path, name)));
    expect([
      statSync(join(stdlib.path, "out/d/run.sh")).mode & 0o777,
      statSync(join(stdlib.path, "out/d/bytes")).mode & 0o777,
    ]).toEqual([0o755, 0o644]);
  });

  test("does not pack links, and fails when there is nothing to pack", async () => {
    using stdlib = openStdlib();
    mkdirSync(join(stdlib.path, "d"));
    await expect(
      stdlib.run(`sys.archive.${format}`, { source_paths: ["d"], output_path: "a" }),
    ).rejects.toMatchObject({ code: "CONTENT_INVALID" });
    symlinkSync("/etc/passwd", join(stdlib.path, "d/link"));
    await expect(
      stdlib.run(`sys.archive.${format}`, { source_paths: ["d"], output_path: "a" }),
    ).rejects.toMatchObject({ code: "PATH_REFUSED" });
  });

  test("replaces files only on request", async () => {
    const archive = format === "zip" ? buildZip([{ name: "../out/x" }]) : buildTar([{ path: "../out/x" }]);
    expect((await unpack(format, archive, { overwrite: true })).outcome).toMatchObject({
      error: { code: "PATH_REFUSED" },
    });
    using stdlib = openStdlib();
    writeFileSync(
      join(stdlib.path, "a"),
      format === "zip" ? buildZip([{ name: "x", data: "new" }]) : buildTar([{ path: "x", data: "new" }]),
    );
    writeFileSync(join(stdlib.path, "x"), "old");
    await expect(stdlib.run(`sys.archive.un${format}`, { archive_path: "a" })).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
    });
    await stdlib.run(`sys.archive.un${format}`, { archive_path: "a", overwrite: true });
    expect(readFileSync(join(stdlib.path, "x"), "utf8")).toBe("new");
  });

  const names: readonly (readonly [string, readonly string[], string])[] = [
    ["a parent", ["good", "../evil"], "PATH_REFUSED"],
    ["a parent inside", ["a/../../evil"], "PATH_REFUSED"],
    ["an absolute name", ["/etc/evil"], "PATH_REFUSED"],
    ["a backslash", ["..\\evil"], "PATH_REFUSED"],
    ["a drive", ["C:evil"], "PATH_REFUSED"],
    ["a home", ["~/evil"], "PATH_REFUSED"],
    ["a dot", ["./a/./b"], "PATH_REFUSED"],
    ["a doubled slash", ["a//b"], "PATH_REFUSED"],
    ["bidirectional characters", ["a\u202Etxt.exe"], "PATH_REFUSED"],
    ["a protected name", [".git/hooks/pre-commit"], "PATH_REFUSED"],
    ["the state directory", [".ai-first/x"], "PATH_REFUSED"],
    ["a way through a link", ["link/evil"], "PATH_REFUSED"],
    ["a link's own name", ["link"], "PATH_REFUSED"],
    ["a name twice", ["a", "a"], "CONTENT_INVALID"],
    ["twins by case", ["a", "A"], "CONTENT_INVALID"],
    ["twins by normal form", ["\u00e9", "e\u0301"], "CONTENT_INVALID"],
    ["twins in a directory", ["D/x", "d/X"], "CONTENT_INVALID"],
    ["a file and a directory", ["a", "a/b"], "CONTENT_INVALID"],
  ];
  test.for(names)("refuses %s, and nothing changes", async ([, list, code]) => {
    const archive =
      format === "zip"
        ? buildZip(list.map((name) => ({ name, data: "x" })))
        : buildTar(list.map((path) => ({ path, data: "x" })));
    const result = await unpack(format, archive, { overwrite: true });
    expect(result).toMatchObject({ outcome: { error: { code } }, unchanged: true, effects: 0 });
  });
});

describe("a ZIP archive", () => {
  const zeros = Buffer.alloc(40 * 1024 * 1024);
  const whole = buildZip([{ name: "a", data: "abc" }]);
  test.for<readonly [string, readonly ZipPart[] | Buffer, string]>([
    ["a name too long", [{ name: "a".repeat(300) }], "PATH_REFUSED"],
    ["a symbolic link", [{ name: "l", data: "/etc/passwd", mode: 0o120777 }], "CONTENT_INVALID"],
    ["a device", [{ name: "d", mode: 0o020644 }], "CONTENT_INVALID"],
    ["a bomb by ratio", [{ name: "a", data: zeros }], "LIMIT_EXCEEDED"],
    [
      "a bomb by its own account",
      [{ name: "a", data: "x", claims: { size: 3_000_000_000 } }],
      "LIMIT_EXCEEDED",
    ],
    ["a bomb that denies it", [{ name: "a", data: zeros, claims: { size: 10 } }], "CONTENT_INVALID"],
    [
      "too many entries",
      Array.from({ length: 10_001 }, (_, index) => ({ name: `f${index}` })),
      "LIMIT_EXCEEDED",
    ],
    ["a wrong checksum", [{ name: "a", data: "abc", claims: { checksum: 1 } }], "CONTENT_INVALID"],
    ["a larger size than there is", [{ name: "a", data: "abc", claims: { size: 4 } }], "CONTENT_INVALID"],
    ["another name inside", [{ name: "a", data: "abc", claims: { localName: "b" } }], "CONTENT_INVALID"],
    ["encryption", [{ name: "a", data: "abc", claims: { flags: 1 } }], "CONTENT_INVALID"],
    ["an unknown method", [{ name: "a", data: "abc", claims: { method: 14 } }], "CONTENT_INVALID"],
    ["ZIP64", [{ name: "a", data: "abc", claims: { size: 0xffffffff } }], "CONTENT_INVALID"],
    ["its end cut off", whole.subarray(0, -5), "CONTENT_INVALID"],
    ["its middle cut out", Buffer.concat([whole.subarray(0, 10), whole.subarray(20)]), "CONTENT_INVALID"],
    ["nothing", Buffer.alloc(0), "CONTENT_INVALID"],
  ])("with %s is refused, and nothing changes", async ([, parts, code]) => {
    const archive = Buffer.isBuffer(parts) ? parts : buildZip(parts);
    expect(await unpack("zip", archive)).toMatchObject({
      outcome: { error: { code } },
      unchanged: true,
      effects: 0,
    });
  });

  test("may hold directories and a comment", async () => {
    const archive = buildZip(
      [
        { name: "d/", mode: 0o040755 },
        { name: "d/a", data: "abc" },
      ],
      "made by hand",
    );
    expect((await unpack("zip", archive)).outcome).toMatchObject({ extracted: ["out/d/a"], total_size: 3 });
  });

  test("damaged at any byte is refused with an error of the catalogue, or is still the same", async () => {
    for (const at of oneIn(4, [...whole.keys()])) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x5a;
      const { outcome } = await unpack("zip", damaged);
      if ("error" in outcome)
        expect(outcome.error).toMatchObject({
          code: expect.stringMatching(/^(CONTENT_INVALID|LIMIT_EXCEEDED|PATH_REFUSED)$/),
        });
    }
  });
});

describe("a tar archive", () => {
  const whole = buildTar([
    { path: "a", data: "abc" },
    { path: "b", data: "def" },
  ]);
  test.for<readonly [string, Buffer, string]>([
    [
      "a symbolic link",
      buildTar([{ path: "l", type: "SymbolicLink", linkpath: "/etc/passwd" }]),
      "CONTENT_INVALID",
    ],
    [
      "a hard link",
      buildTar([
        { path: "a", data: "x" },
        { path: "l", type: "Link", linkpath: "a" },
      ]),
      "CONTENT_INVALID",
    ],
    ["a device", buildTar([{ path: "d", type: "CharacterDevice" }]), "CONTENT_INVALID"],
    ["a pipe", buildTar([{ path: "p", type: "FIFO" }]), "CONTENT_INVALID"],
    ["a bomb", gzipSync(buildTar([{ path: "a", data: Buffer.alloc(40 * 1024 * 1024) }])), "LIMIT_EXCEEDED"],
    ["a gzip bomb", gzipSync(Buffer.alloc(300 * 1024 * 1024)), "LIMIT_EXCEEDED"],
    [
      "too many entries",
      buildTar(Array.from({ length: 10_001 }, (_, index) => ({ path: `f${index}` }))),
      "LIMIT_EXCEEDED",
    ],
    ["its end cut off", whole.subarray(0, 1024), "CONTENT_INVALID"],
    ["its compression cut off", gzipSync(whole).subarray(0, -10), "CONTENT_INVALID"],
    ["a damaged header", Buffer.concat([Buffer.from("x"), whole.subarray(1)]), "CONTENT_INVALID"],
    ["a size beyond its end", buildTar([{ path: "a", data: "x", size: 100_000 }]), "CONTENT_INVALID"],
    ["nothing", Buffer.alloc(0), "CONTENT_INVALID"],
  ])("with %s is refused, and nothing changes", async ([, archive, code]) => {
    expect(await unpack("tar", archive)).toMatchObject({
      outcome: { error: { code } },
      unchanged: true,
      effects: 0,
    });
  });

  test("may hold directories, and be compressed", async () => {
    const archive = gzipSync(
      buildTar([
        { path: "./", type: "Directory" },
        { path: "./d/", type: "Directory" },
        { path: "./d/a", data: "abc" },
      ]),
    );
    expect((await unpack("tar", archive)).outcome).toMatchObject({ extracted: ["out/d/a"], total_size: 3 });
  });
});
