import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { scratch } from "../../test/scratch.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { ProcessCall } from "../contract/handler.ts";
import { createProcesses, type ProcessesOptions } from "./process.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:process");

const COMMANDS = [
  "ls",
  "cat",
  "echo",
  "pwd",
  "git",
  "node",
  "grep",
  "find",
  "wc",
  "head",
  "tail",
  "no-such-program",
];
const SPEC = specOf({
  side_effects: ["system_exec"],
  undo: { kind: "irreversible" },
  process: { commands: COMMANDS },
});

function processesIn(path: string, options: Partial<ProcessesOptions> = {}) {
  const intents: string[] = [];
  const processes = createProcesses({
    spec: SPEC,
    cwd: realpathSync(path),
    signal: new AbortController().signal,
    intend: async (command, args) => void intents.push([command, ...args].join(" ")),
    ...options,
  });
  return { run: (call: ProcessCall) => processes.run(call), intents };
}

describe("a program", () => {
  test("runs in its directory and gives back what it printed and its exit code", async () => {
    using directory = scratch();
    const { run, intents } = processesIn(directory.path);
    expect(await run({ command: "pwd" })).toEqual({
      stdout: `${realpathSync(directory.path)}\n`,
      stderr: "",
      exitCode: 0,
    });
    const failing = "process.stdout.write('out'); process.stderr.write('err'); process.exitCode = 3";
    expect(await run({ command: "node", args: ["-e", failing] })).toEqual({
      stdout: "out",
      stderr: "err",
      exitCode: 3,
    });
    expect(intents).toEqual(["pwd", `node -e ${failing}`]);
  });

  test("is not a shell", async () => {
    using directory = scratch();
    const { stdout } = await processesIn(directory.path).run({
      command: "echo",
      args: ["$HOME; touch x", "`id`", "*"],
    });
    expect(stdout).toBe("$HOME; touch x `id` *\n");
    expect(existsSync(join(directory.path, "x"))).toBe(false);
  });

  test("reads what it is given, and an end of file without", async () => {
    using directory = scratch();
    const { run } = processesIn(directory.path);
    expect(await run({ command: "cat", stdin: "given" })).toMatchObject({ stdout: "given" });
    expect(await run({ command: "cat" })).toMatchObject({ stdout: "" });
    expect(await run({ command: "echo", stdin: "x".repeat(1_000_000) })).toMatchObject({ exitCode: 0 });
  });

  test("sees four variables of the environment", async () => {
    using directory = scratch();
    process.env["AI_FIRST_TEST_SECRET"] = "hunter2";
    const { stdout } = await processesIn(directory.path).run({
      command: "node",
      args: ["-p", "JSON.stringify(process.env)"],
    });
    delete process.env["AI_FIRST_TEST_SECRET"];
    expect(Object.keys(JSON.parse(stdout) as object).sort()).toEqual(["HOME", "LANG", "PATH", "TZ"]);
    expect(JSON.parse(stdout)).toMatchObject({ HOME: realpathSync(directory.path) });
  });

  test("is the node that runs us", async () => {
    using directory = scratch();
    expect((await processesIn(directory.path).run({ command: "node", args: ["-v"] })).stdout.trim()).toBe(
      process.version,
    );
  });

  test("that a signal ended has 128 and its number as exit code", async () => {
    using directory = scratch();
    expect(
      await processesIn(directory.path).run({
        command: "node",
        args: ["-e", "process.kill(process.pid, 'SIGKILL')"],
      }),
    ).toMatchObject({ exitCode: 137 });
  });

  test("does not start before its intent is durable", async () => {
    using directory = scratch();
    const { run } = processesIn(directory.path, { intend: () => Promise.reject(new Error("no ledger")) });
    await expect(run({ command: "node", args: ["-e", "fs.writeFileSync('x', '')"] })).rejects.toThrowError(
      "no ledger",
    );
    expect(existsSync(join(directory.path, "x"))).toBe(false);
  });

  test("that is not declared, not listed, not bare or not installed does not start", async () => {
    using directory = scratch();
    const { run, intents } = processesIn(directory.path);
    for (const command of [
      "rm",
      "sh",
      "/bin/cat",
      "./cat",
      "../cat",
      "cat\0",
      "cat ",
      "",
      "-c",
      "/proc/self/root/bin/cat",
      "no-such-program",
    ])
      await expect(run({ command })).rejects.toMatchObject({ code: "PROCESS_REFUSED" });
    const undeclared = processesIn(directory.path, { spec: specOf({ process: { commands: ["echo"] } }) });
    await expect(undeclared.run({ command: "echo" })).rejects.toMatchObject({ code: "EFFECT_UNDECLARED" });
    const unlisted = processesIn(directory.path, {
      spec: specOf({ side_effects: ["system_exec"], undo: { kind: "irreversible" } }),
    });
    await expect(unlisted.run({ command: "echo" })).rejects.toMatchObject({ code: "PROCESS_REFUSED" });
    expect(intents).toEqual([]);
  });

  test("whose directory is gone fails with an error of the catalogue", async () => {
    using directory = scratch();
    const { run } = processesIn(directory.path, { cwd: join(directory.path, "gone") });
    await expect(run({ command: "echo" })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });
});

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};
const waitUntil = async (condition: () => boolean) => {
  while (!condition()) await delay(20);
};

describe("an end", () => {
  // Writes the pid of a grandchild that ignores SIGTERM, as the program itself does, which notes that it was told.
  const STUBBORN = `
    process.on("SIGTERM", () => require("fs").writeFileSync("told", ""));
    const child = require("child_process").spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]);
    require("fs").writeFileSync("pid", String(child.pid));
    setInterval(() => {}, 1000);`;

  test("by timeout takes the whole group, also where SIGTERM is ignored", async () => {
    using directory = scratch();
    const { run } = processesIn(directory.path);
    const file = join(directory.path, "pid");
    const writtenPid = () => (existsSync(file) ? Number(readFileSync(file, "utf8")) : 0);
    // How long the program needs to get there, only a try tells.
    for (let timeoutMs = 500; writtenPid() === 0; timeoutMs *= 2)
      await expect(run({ command: "node", args: ["-e", STUBBORN], timeoutMs })).rejects.toMatchObject({
        code: "TIMED_OUT",
        retryable: true,
      });
    await waitUntil(() => !isAlive(writtenPid()));
  });

  test("by cancellation rejects with its reason", async () => {
    using directory = scratch();
    const controller = new AbortController();
    const reason = new RuntimeError("CANCELLED", "The run was cancelled.");
    const pending = processesIn(directory.path, { signal: controller.signal }).run({
      command: "node",
      args: ["-e", STUBBORN],
    });
    pending.catch(() => {});
    await waitUntil(() => existsSync(join(directory.path, "pid")));
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect(
      processesIn(directory.path, { signal: controller.signal }).run({ command: "echo" }),
    ).rejects.toBe(reason);
  });

  test("has the first reason, also where another comes before the program is gone", async () => {
    using directory = scratch();
    const told = join(directory.path, "told");
    let isBetween = false;
    // How long the program needs until it can be told, and how soon we see that it was, only a try tells.
    for (let timeoutMs = 500; !isBetween; timeoutMs *= 2) {
      rmSync(told, { force: true });
      const controller = new AbortController();
      const { run } = processesIn(directory.path, { signal: controller.signal });
      let isGone = false;
      const ending = expect(run({ command: "node", args: ["-e", STUBBORN], timeoutMs }))
        .rejects.toMatchObject({ code: "TIMED_OUT" })
        .finally(() => (isGone = true));
      await waitUntil(() => isGone || existsSync(told));
      isBetween = !isGone;
      controller.abort(new RuntimeError("CANCELLED", "too late"));
      await ending;
    }
  });

  test("of a program does not wait for what it left in the background", async () => {
    using directory = scratch();
    const background = `
      const child = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
      require("fs").writeFileSync("pid", String(child.pid));
      process.exit(0);`;
    expect(
      await processesIn(directory.path).run({ command: "node", args: ["-e", background] }),
    ).toMatchObject({ exitCode: 0 });
    const pid = Number(readFileSync(join(directory.path, "pid"), "utf8"));
    await waitUntil(() => !isAlive(pid));
  });

  test.for(["stdout", "stderr"])("comes when %s is larger than allowed", async (stream) => {
    using directory = scratch();
    const endless = `const s = process.${stream}; const more = () => { while (s.write("x".repeat(65536))); s.once("drain", more); }; more();`;
    await expect(
      processesIn(directory.path).run({ command: "node", args: ["-e", endless] }),
    ).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringContaining(stream),
    });
  });
});

describe("git", () => {
  test("finds no repository above the working directory and obeys no configuration inside it", async () => {
    using directory = scratch();
    const { run } = processesIn(directory.path);
    await run({ command: "git", args: ["init", "-q"] });
    mkdirSync(join(directory.path, "inner"));
    writeFileSync(
      join(directory.path, "inner", ".gitconfig"),
      "[alias]\n  evil = !touch evil\n[core]\n  fsmonitor = touch evil\n",
    );
    const inner = processesIn(join(directory.path, "inner"));
    expect(await inner.run({ command: "git", args: ["status"] })).toMatchObject({ exitCode: 128 });
    await inner.run({ command: "git", args: ["init", "-q"] });
    await inner.run({ command: "git", args: ["evil"] });
    await inner.run({ command: "git", args: ["status"] });
    expect(existsSync(join(directory.path, "inner", "evil"))).toBe(false);
  });
});

describe("an argument", () => {
  test.for([
    ["git", "--output=/tmp/x"],
    ["git", "--outp=x"],
    ["git", "-c"],
    ["git", "-ccore.sshCommand=x"],
    ["git", "--config-env=a=b"],
    ["git", "-C"],
    ["git", "--upload-pack=x"],
    ["git", "--upload"],
    ["git", "--receive-pack"],
    ["git", "--exec=x"],
    ["git", "--exec-path=x"],
    ["git", "-x"],
    ["git", "ext::sh -c id"],
    ["git", "fd::17"],
    ["git", "--git-dir=x"],
    ["git", "--work-tree=x"],
    ["git", "--template=x"],
    ["git", "-Osh"],
    ["git", "--open-files-in-pager=sh"],
    ["git", "../../../.kube/config"],
    ["git", "/etc/passwd"],
    ["find", "-exec"],
    ["find", "-execdir"],
    ["find", "-ok"],
    ["find", "-okdir"],
    ["find", "-delete"],
    ["find", "-fprint"],
    ["find", "-fprintf"],
    ["find", "-fprint0"],
    ["find", "-fls"],
    ["find", "-files0-from"],
    ["find", "-L"],
    ["find", "-follow"],
    ["find", "/"],
    ["find", "inside/.."],
    ["cat", "/etc/passwd"],
    ["cat", "../x"],
    ["cat", "inside/../../x"],
    ["cat", "~/x"],
    ["cat", "outside"],
    ["cat", "outside/passwd"],
    ["cat", "a\0b"],
    ["cat", "/proc/self/environ"],
    ["grep", "-f/etc/passwd"],
    ["grep", "--file=/etc/passwd"],
    ["grep", "--file=../x"],
    ["grep", "-R"],
    ["grep", "-nR"],
    ["grep", "--deref"],
    ["ls", "-L"],
    ["ls", "-laH"],
    ["wc", "--files0-from=x"],
    ["wc", "--files0=x"],
    ["head", "/etc/passwd"],
    ["tail", "--lines=1/../../x"],
    ["echo", "a\0b"],
    ["echo", "x".repeat(200_000)],
  ] as const)("%s %s is refused", async ([command, argument]) => {
    using directory = scratch();
    mkdirSync(join(directory.path, "inside"));
    symlinkSync("/etc", join(directory.path, "outside"));
    const { run, intents } = processesIn(directory.path);
    await expect(run({ command, args: [argument] })).rejects.toMatchObject({ code: "PROCESS_REFUSED" });
    expect(intents).toEqual([]);
  });

  test.for([
    ["cat", ["inside/file"]],
    ["ls", ["-la", "inside"]],
    ["grep", ["-rn", "--include=*.txt", "content", "."]],
    ["find", [".", "-name", "file"]],
    ["head", ["-n", "1", "inside/file"]],
    ["wc", ["-l", "--", "inside/file"]],
    ["echo", ["/etc/passwd", ".."]],
    ["git", ["--version"]],
  ] as const)("%s %j is passed on", async ([command, args]) => {
    using directory = scratch();
    mkdirSync(join(directory.path, "inside"));
    writeFileSync(join(directory.path, "inside", "file"), "content\n");
    const { run, intents } = processesIn(directory.path);
    await run({ command, args });
    expect(intents).toHaveLength(1);
  });

  test("may be an absolute path below the working directory", async () => {
    using directory = scratch();
    const file = join(realpathSync(directory.path), "file");
    writeFileSync(file, "content");
    expect(await processesIn(directory.path).run({ command: "cat", args: [file] })).toMatchObject({
      stdout: "content",
    });
  });
});
