import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { linkSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { scratch } from "../scratch.ts";
import { buildPdf, showText } from "../stdlib/pdf-bytes.ts";
import { openStdlib, type Stdlib } from "../stdlib/stdlib-context.ts";
import { buildZip } from "../stdlib/zip-bytes.ts";

export const SECRET = "secret-of-the-outside";

/** Name, kind and numbers; one that reads as nothing, and two that have no driver or no disk. */
const DEVICES: readonly (readonly [string, ...string[]])[] = [
  ["character-device", "c", "1", "3"],
  ["device-without-driver", "c", "10", "250"],
  ["block-device", "b", "7", "99"],
];
const canMakeDevices = mayMakeDevices();
if (!canMakeDevices)
  console.warn(
    "SKIPPED: device nodes inside a workspace are not tested, because this user may not make any.",
  );

/** Names of what is neither file, directory nor link; devices only where this user may make them. */
export const SPECIALS: readonly string[] = [
  "pipe",
  "socket",
  ...(canMakeDevices ? DEVICES : []).map(([name]) => name),
];

/** Root may, but in many containers not even root. */
function mayMakeDevices(): boolean {
  using directory = scratch();
  return DEVICES.every((device) => makeDevice(directory.path, device));
}

function makeDevice(path: string, [name, ...numbers]: readonly [string, ...string[]]): boolean {
  return spawnSync("mknod", [join(path, name), ...numbers]).status === 0;
}

export type Arena = AsyncDisposable & { readonly stdlib: Stdlib; readonly outside: string };

/** A workspace, and beside it what must not be reached, with every kind of bridge between them. */
export async function openArena(): Promise<Arena> {
  const stdlib = openStdlib();
  const outside = `${stdlib.path}-evil`;
  mkdirSync(outside);
  for (const name of [SECRET, "file"]) writeFileSync(join(outside, name), SECRET);
  writeFileSync(
    join(outside, "a.pdf"),
    buildPdf([showText([10, 10, `(${SECRET})`], [200, 10, "(x)"], [10, 30, "(a)"], [200, 30, "(b)"])]),
  );
  writeFileSync(join(outside, "a.zip"), buildZip([{ name: SECRET, data: SECRET }]));
  writeFileSync(join(stdlib.path, "inside.txt"), "inside\n");
  await stdlib.run("sys.archive.tar", { source_paths: ["inside.txt"], output_path: "a.tar" });
  await stdlib.run("sys.archive.zip", { source_paths: ["inside.txt"], output_path: "a.zip" });
  const link = (target: string, name: string) => symlinkSync(target, join(stdlib.path, name));
  link(join(outside, "file"), "to-file");
  link(join(outside, "a.pdf"), "to-pdf");
  link(join(outside, "a.zip"), "to-zip");
  link(outside, "to-dir");
  link(`../${outside.split("/").at(-1)}`, "to-dir-relative");
  link(join(outside, "not-yet"), "dangling");
  link("loop-b", "loop-a");
  link("loop-a", "loop-b");
  for (let i = 0; i < 40; i++) link(i === 0 ? outside : `chain-${i - 1}`, `chain-${i}`);
  link("/", "to-root");
  link("/proc/self/fd", "to-fds");
  linkSync(join(outside, "file"), join(stdlib.path, "hard"));
  spawnSync("mkfifo", [join(stdlib.path, "pipe")]);
  const server = createServer().listen(join(stdlib.path, "socket"));
  await once(server, "listening");
  if (canMakeDevices) for (const device of DEVICES) makeDevice(stdlib.path, device);
  return {
    stdlib,
    outside,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
      rmSync(outside, { recursive: true });
      stdlib[Symbol.dispose]();
    },
  };
}

export const outcomeOf = (pending: Promise<unknown>) =>
  pending.then(
    (value) => ({ value }),
    (error: Error & { code?: string }) => ({ code: error.code ?? error.message }),
  );

/** Names and kinds; a snapshot would read the pipe. */
export function listing(path: string): string {
  return spawnSync(
    "find",
    [realpathSync(path), "-not", "-path", "*/.ai-first/*", "-printf", "%P %y %s %m %l\n"],
    { encoding: "utf8" },
  ).stdout;
}

export function plainFiles(path: string): string[] {
  const { stdout } = spawnSync(
    "find",
    [path, "-type", "f", "-links", "1", "-not", "-path", "*/.ai-first/*"],
    { encoding: "utf8" },
  );
  return stdout.split("\n").filter((line) => line !== "");
}
