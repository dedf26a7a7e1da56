import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:launcher");

const source = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));

/** Runs a body with `io`, the surroundings of its own process, in a child process. */
function runWithIo(body: string, options: { input?: string; shell?: string; debug?: boolean } = {}) {
  using directory = scratch();
  const file = join(directory.path, "body.ts");
  writeFileSync(
    file,
    `import { createProcessIo } from ${source("./process-io.ts")};\nconst io = createProcessIo({});\n${body}`,
  );
  const env = {
    ...process.env,
    AIRUN_DEBUG: options.debug === true ? "1" : "",
    NODE: process.execPath,
    BODY: file,
  };
  const { status, stdout, stderr } = spawnSync("bash", ["-c", options.shell ?? '"$NODE" "$BODY"'], {
    env,
    input: options.input ?? "",
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("reads the standard input as a whole, up to a limit", () => {
  const body = "io.stdout.write(JSON.stringify(await io.stdin.readText(10).catch((error) => error.code)))";
  expect(runWithIo(body, { input: "héllo" }).stdout).toBe('"héllo"');
  expect(runWithIo(body, { input: "far too long" }).stdout).toBe('"LIMIT_EXCEEDED"');
});

test("a pipe is no terminal, and an ended input is no answer", () => {
  const body =
    "io.stdout.write(JSON.stringify([io.stdin.isTerminal, io.stdout.terminal(), await io.stdin.readLine('')]))";
  expect(runWithIo(body).stdout).toBe("[false,null,null]");
});

test("a line that somebody types is the answer", () => {
  expect(
    runWithIo("io.stdout.write(`<${await io.stdin.readLine('?')}>`)", { input: "yes\nmore\n" }).stdout,
  ).toBe("?<yes>");
});

test("knows the version of the package", () => {
  expect(runWithIo("io.stdout.write(io.version)").stdout).toMatch(/^\d+\.\d+\.\d+/);
});

test("a reader that stops early is no error", () => {
  const body =
    'for (let i = 0; i < 20000; i++) { io.stdout.write("line\\n".repeat(100)); await io.stdout.drained(); }';
  const { status, stdout, stderr } = runWithIo(body, {
    shell: 'set -o pipefail; "$NODE" "$BODY" | head -n 1',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "line\n", stderr: "" });
});

test("what nobody caught is an error of ours; its stack comes with AIRUN_DEBUG=1 alone", () => {
  const body = 'setTimeout(() => { throw new TypeError("boom"); }, 1);';
  const plain = runWithIo(body);
  expect(plain.status).toBe(20);
  expect(plain.stderr).toBe(
    "error INTERNAL: boom\nhint: This is a fault of the runtime; please report it.\n",
  );
  expect(runWithIo(body, { debug: true }).stderr).toMatch(/boom[^]*\n {4}at /);
});

test("several signals in one moment are one request to stop", () => {
  // The clock is the body's own, and it goes on once a signal has been heard, however late that is.
  const body = `
    let now = 0;
    performance.now = () => now;
    let requests = 0;
    const end = io.onInterrupt(() => requests++);
    let heard = () => {};
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => heard());
    const send = (signal) => new Promise((resolve) => { heard = resolve; process.kill(process.pid, signal); });
    // A listener of signals does not keep a process alive.
    const awake = setInterval(() => {}, 1000);
    for (let i = 0; i < 3; i++) await send("SIGINT");
    now = 300;
    await send("SIGTERM");
    clearInterval(awake);
    end();
    // Only the listener from here is left.
    io.stdout.write(String(requests) + process.listenerCount("SIGINT"));
  `;
  expect(runWithIo(body).stdout).toBe("21");
});
