import { accessSync, constants } from "node:fs";

import { NODE_PROGRAM, nodeFiles } from "./node-files.ts";

/** A file or directory of this machine that is seen inside under the same name, or under another one. */
export type Bind = string | { readonly from: string; readonly to: string };

/** What a program that nobody trusts gets to see. Everything that is not named here is not there for it. */
export type Bubble = {
  readonly command: readonly [program: string, ...args: string[]];
  readonly readOnly: readonly Bind[];
  readonly readWrite?: readonly Bind[];
  /** `none`: an empty network of its own. `host`: the machine's. */
  readonly network: "none" | "host";
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it starts, as seen inside. */
  readonly cwd: string;
  /** Its own `/proc`, `/dev` and `/tmp`, empty but for itself. Programs that were made for it, do without. */
  readonly own?: readonly ("proc" | "dev" | "tmp")[];
};

const OWN = { proc: ["--proc", "/proc"], dev: ["--dev", "/dev"], tmp: ["--tmpfs", "/tmp"] } as const;

/**
 * The command line of bubblewrap for a bubble: namespaces of its own for users, processes, mounts, IPC and host name,
 * no capability, no terminal, and the end of everything inside with the process that started it. Descriptors that the
 * caller hands over stay open inside.
 */
export function bubblewrapArguments(bubble: Bubble): string[] {
  return [
    "--unshare-all",
    ...(bubble.network === "host" ? ["--share-net"] : []),
    "--die-with-parent",
    "--new-session",
    "--clearenv",
    "--cap-drop",
    "ALL",
    "--hostname",
    "sandbox",
    // The private directories first, so that what is bound may lie below one of them.
    ...(bubble.own ?? []).flatMap((each) => OWN[each]),
    ...bubble.readOnly.flatMap(bind("--ro-bind")),
    ...(bubble.readWrite ?? []).flatMap(bind("--bind")),
    "--remount-ro",
    "/",
    ...Object.entries(bubble.env).flatMap(([name, value]) => ["--setenv", name, value]),
    "--chdir",
    bubble.cwd,
    "--",
    ...bubble.command,
  ];
}

function bind(option: string): (each: Bind) => string[] {
  return (each) => (typeof each === "string" ? [option, each, each] : [option, each.from, each.to]);
}

export type Bubblewrap =
  | { readonly isAvailable: true; readonly program: string }
  | { readonly isAvailable: false; readonly reason: string };

let probed: Promise<Bubblewrap> | undefined;

/**
 * Whether bubblewrap is here and this user may make namespaces, tried by starting Node in one. What works is not tried
 * again in this process; what does not may have been installed or allowed since.
 */
export async function findBubblewrap(): Promise<Bubblewrap> {
  const probe = (probed ??= probeBubblewrap(BUBBLEWRAP_PLACES));
  const found = await probe;
  if (!found.isAvailable && probed === probe) probed = undefined;
  return found;
}

/** Where bubblewrap is looked for: places that only the machine's administrator writes to. */
export const BUBBLEWRAP_PLACES = [
  "/usr/bin/bwrap",
  "/usr/local/bin/bwrap",
  "/bin/bwrap",
  "/run/current-system/sw/bin/bwrap",
];
const PROBE_MS = 10_000;

/** The same for other places, each time anew. */
export async function probeBubblewrap(places: readonly string[]): Promise<Bubblewrap> {
  const program = places.find(isExecutable);
  if (program === undefined) return { isAvailable: false, reason: "bubblewrap is not installed" };
  const bubble = {
    command: [NODE_PROGRAM, "--version"],
    readOnly: nodeFiles(),
    network: "none",
    env: {},
    cwd: "/",
  } as const;
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(program, bubblewrapArguments(bubble), {
    env: {},
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PROBE_MS,
    killSignal: "SIGKILL",
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] = (texts[name] + text).slice(0, 500);
    });
  return new Promise((resolve) => {
    const fail = (reason: string) => resolve({ isAvailable: false, reason: `${program}: ${reason}` });
    child.on("error", ({ message }) => fail(message));
    child.on("close", (code, signal) => {
      if (code === 0 && texts.stdout.trim() === process.version) resolve({ isAvailable: true, program });
      else fail(texts.stderr.trim().split("\n")[0] || `ended with ${signal ?? code}`);
    });
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
