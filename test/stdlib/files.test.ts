import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openStdlib } from "./stdlib-context.ts";
import { verifies } from "../requirements.ts";

verifies("stdlib:contract");

describe("encodings", () => {
  test.for([
    ["utf-8", "\uFEFFhé👋", Buffer.from("\uFEFFhé👋")],
    ["UTF_8", "é", Buffer.from("é")],
    ["ascii", "abc", Buffer.from("abc")],
    ["latin-1", "é\u0080", Buffer.from([0xe9, 0x80])],
    ["utf-16le", "é👋", Buffer.from("é👋", "utf16le")],
  ] as const)("%s is written and read without loss", async ([encoding, content, bytes]) => {
    using stdlib = openStdlib();
    if (encoding === "UTF_8")
      await expect(stdlib.run("io.fs.write_file", { path: "a", content, encoding })).rejects.toThrowError(
        "encoding",
      );
    else {
      await stdlib.run("io.fs.write_file", { path: "a", content, encoding });
      expect(readFileSync(join(stdlib.path, "a"))).toEqual(bytes);
      expect(await stdlib.run("io.fs.read_file", { path: "a", encoding })).toMatchObject({
        content,
        size: Array.from(content).length,
      });
    }
  });

  test.for([
    ["ascii", "é"],
    ["latin-1", "č"],
    ["utf-8", "\uD800"],
  ] as const)("%s cannot hold every text", async ([encoding, content]) => {
    using stdlib = openStdlib();
    await expect(stdlib.run("io.fs.write_file", { path: "a", content, encoding })).rejects.toMatchObject({
      code: "CONTENT_INVALID",
    });
  });

  test("bytes that are not UTF-8 are not guessed", async () => {
    using stdlib = openStdlib();
    writeFileSync(join(stdlib.path, "a"), Buffer.from([0x61, 0xff]));
    await expect(stdlib.run("io.fs.read_file", { path: "a" })).rejects.toMatchObject({
      code: "CONTENT_INVALID",
    });
  });
});

describe("writing", () => {
  test("takes path or file_path, not two different ones and not none", async () => {
    using stdlib = openStdlib();
    for (const inputs of [{ content: "" }, { content: "", path: "a", file_path: "b" }])
      await expect(stdlib.run("io.fs.write_file", inputs)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    expect(stdlib.effects()).toBe(0);
  });

  test.for(["a", "YWJj!", "YWJ", "YW-_", "=AAA", "YQ==YQ=="])("%s is not base64", async (content_base64) => {
    using stdlib = openStdlib();
    await expect(stdlib.run("io.fs.write_bytes", { path: "a", content_base64 })).rejects.toMatchObject({
      code: "CONTENT_INVALID",
    });
  });

  test("more than 20 MiB of bytes are refused", async () => {
    using stdlib = openStdlib();
    const content_base64 = Buffer.alloc(20 * 1024 * 1024 + 1).toString("base64");
    await expect(stdlib.run("io.fs.write_bytes", { path: "a", content_base64 })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });

  test("appending makes a file where there is none, in one effect", async () => {
    using stdlib = openStdlib();
    await stdlib.run("io.fs.append_file", { path: "a", content: "x" });
    await stdlib.run("io.fs.append_file", { path: "a", content: "y" });
    expect([readFileSync(join(stdlib.path, "a"), "utf8"), stdlib.effects()]).toEqual(["xy", 2]);
  });

  test.for([
    ["", "no hunk"],
    ["hello", "hunk"],
    ["--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n--- c\n+++ d\n@@ -1 +1 @@\n-x\n+y\n", "2 files"],
    ["@@ -1,5 +1 @@\n-x\n", ""],
  ] as const)("the patch %j is refused", async ([patch, why]) => {
    using stdlib = openStdlib();
    writeFileSync(join(stdlib.path, "a"), "x\n");
    await expect(stdlib.run("io.fs.patch_file", { path: "a", patch })).rejects.toMatchObject({
      code: "CONTENT_INVALID",
      message: expect.stringContaining(why),
    });
    expect([readFileSync(join(stdlib.path, "a"), "utf8"), stdlib.effects()]).toEqual(["x\n", 0]);
  });
});

describe("looking", () => {
  test("names links and follows none; hidden names are shown on request", async () => {
    using stdlib = openStdlib();
    mkdirSync(join(stdlib.path, "d/.hidden"), { recursive: true });
    writeFileSync(join(stdlib.path, "d/.hidden/x.txt"), "needle");
    writeFileSync(join(stdlib.path, "d/y.txt"), "needle");
    symlinkSync("/etc", join(stdlib.path, "d/outside"));
    const paths = async (include_hidden: boolean) => {
      const { entries } = await stdlib.run("io.fs.list_dir", { path: "d", recursive: true, include_hidden });
      return (entries as { path: string; type: string }[]).map(({ path, type }) => `${path} ${type}`);
    };
    expect(await paths(false)).toEqual(["d/outside link", "d/y.txt file"]);
    expect(await paths(true)).toEqual([
      "d/.hidden dir",
      "d/.hidden/x.txt file",
      "d/outside link",
      "d/y.txt file",
    ]);
    expect(await stdlib.run("io.fs.glob", { pattern: "**/*.txt", path: "./d" })).toMatchObject({
      matches: ["d/y.txt"],
    });
    expect(
      await stdlib.run("io.fs.glob", { pattern: "**", path: "d", include_hidden: true, max_results: 1 }),
    ).toMatchObject({ matches: ["d/.hidden/x.txt"], truncated: true });
    expect(await stdlib.run("io.fs.search", { query: "NEEDLE", ignore_case: true, path: "d" })).toMatchObject(
      { matches: [{ path: "d/y.txt" }], files_searched: 1 },
    );
    expect(await stdlib.run("io.fs.exists", { path: "d/outside" })).toMatchObject({
      exists: true,
      is_dir: false,
      is_file: false,
    });
    expect(await stdlib.run("io.fs.stat", { path: "d/outside" })).toMatchObject({ type: "link", size: 0 });
  });

  test("skips binary files, large files and files with a second hard link, and says how many", async () => {
    using stdlib = openStdlib();
    writeFileSync(join(stdlib.path, "binary"), "needle\0");
    writeFileSync(join(stdlib.path, "large"), `needle${" ".repeat(5 * 1024 * 1024)}`);
    writeFileSync(join(stdlib.path, "one"), "needle");
    linkSync(join(stdlib.path, "one"), join(stdlib.path, "two"));
    writeFileSync(join(stdlib.path, "zz"), "a\r\nneedle\nneedle");
    const inputs = { query: "needle", max_matches: 1 };
    expect(await stdlib.run("io.fs.search", inputs)).toMatchObject({
      matches: [{ path: "zz", line: 2, column: 1, text: "needle" }],
      files_searched: 1,
      files_skipped: 4,
      truncated: true,
    });
  });

  test("an expression that would take for ever is ended", async () => {
    using stdlib = openStdlib();
    writeFileSync(join(stdlib.path, "a"), `${"a".repeat(40)}b`);
    await expect(stdlib.run("io.fs.search", { query: "^(a+)+$", regex: true })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });
});
