import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join, relative } from "node:path";

import { afterEach, describe, expect, test, vi } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { ensureHome, localPrincipal } from "./home.ts";
import { verifies } from "../../test/requirements.ts";

verifies("conditions:bad", "ledger:secrets");

afterEach(() => void vi.unstubAllEnvs());

describe("the home", () => {
  test.for([[{}], [{ AI_FIRST_HOME: "" }]])("is .ai-first of the user, unless told: %o", ([env = {}]) => {
    using directory = scratch();
    vi.stubEnv("HOME", directory.path);
    expect(ensureHome(env)).toBe(join(directory.path, ".ai-first"));
    expect(statSync(join(directory.path, ".ai-first")).mode & 0o777).toBe(0o700);
  });

  test("may be told as a path from here, and is one from the root afterwards", () => {
    using directory = scratch();
    const home = join(directory.path, "deep/home");
    expect(ensureHome({ AI_FIRST_HOME: relative(process.cwd(), home) })).toBe(home);
    expect(ensureHome({ AI_FIRST_HOME: home })).toBe(home);
  });

  test.for([0o720, 0o702, 0o777])("that others may write into (%o) is refused with what helps", (mode) => {
    using directory = scratch();
    const home = join(directory.path, "home");
    const umask = process.umask(0);
    mkdirSync(home, { mode });
    process.umask(umask);
    expect(() => ensureHome({ AI_FIRST_HOME: home })).toThrow(
      expect.objectContaining({
        code: "OS_PERMISSION",
        message: `The home "${home}" can be written by others; run chmod 700 on it.`,
      }),
    );
  });

  test("that cannot be made is an error that names it", () => {
    using directory = scratch();
    writeFileSync(join(directory.path, "file"), "");
    const home = join(directory.path, "file/home");
    expect(() => ensureHome({ AI_FIRST_HOME: home })).toThrow(
      expect.objectContaining({ code: "FILE_NOT_FOUND", message: `The home "${home}": ENOTDIR` }),
    );
    expect(existsSync(home)).toBe(false);
  });
});

const isRoot = process.getuid?.() === 0;
if (!isRoot)
  console.warn(
    "SKIPPED: a user without an entry in the user database is not tested, because only root may become one.",
  );

/** Of a number that no database of users has. */
function asNobodyKnown<Result>(work: () => Result): Result {
  process.seteuid?.(54_321);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

describe("who acts at this machine", () => {
  test("is its user, with agent and session from the environment", () => {
    expect(localPrincipal("cli", {})).toEqual({
      human: userInfo().username,
      agent: "",
      session: "local",
      service: "cli",
      scopes: ["local"],
    });
    expect(localPrincipal("embed", { AI_FIRST_AGENT: "helper", AI_FIRST_SESSION: "s-1" })).toMatchObject({
      agent: "helper",
      session: "s-1",
      service: "embed",
    });
  });

  test.runIf(isRoot)("is known by USER, else by a number, where no database of users knows it", () => {
    expect(asNobodyKnown(() => localPrincipal("cli", { USER: "container" }).human)).toBe("container");
    expect(asNobodyKnown(() => localPrincipal("cli", {}).human)).toMatch(/^uid-\d+$/);
  });
});
