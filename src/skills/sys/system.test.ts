import { afterEach, describe, expect, test, vi } from "vitest";

import { createTestContext } from "../test-context.ts";
import { handler as getEnvVar } from "./get-env-var.ts";
import { handler as getOs } from "./get-os.ts";
import { handler as getTime } from "./get-time.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

afterEach(() => vi.unstubAllEnvs());

describe("get_time", () => {
  test.for<["iso8601" | "unix" | "rfc3339", string, string]>([
    ["iso8601", "utc", "2026-01-02T03:04:05.678Z"],
    ["rfc3339", "UTC", "2026-01-02T03:04:05Z"],
    ["unix", "utc", "1767323045"],
    ["iso8601", "Europe/Berlin", "2026-01-02T04:04:05.678+01:00"],
    ["rfc3339", "America/St_Johns", "2026-01-01T23:34:05-03:30"],
    ["rfc3339", "Asia/Kathmandu", "2026-01-02T08:49:05+05:45"],
    ["rfc3339", "Africa/Abidjan", "2026-01-02T03:04:05Z"],
  ])("%s in %s", async ([format, timezone, timestamp]) => {
    expect(await getTime(createTestContext(), { format, timezone })).toEqual({ timestamp, timezone });
  });
});

describe("get_env_var", () => {
  test("a variable that is set", async () => {
    vi.stubEnv("EDITOR", "ed");
    expect(await getEnvVar(createTestContext(), { var_name: "EDITOR" })).toEqual({
      value: "ed",
      found: true,
      error_message: null,
    });
  });

  test("one that is not set", async () => {
    vi.stubEnv("EDITOR", undefined);
    const expected = { value: "vi", found: false, error_message: "EDITOR is not set" };
    expect(await getEnvVar(createTestContext(), { var_name: "EDITOR", default_value: "vi" })).toEqual(
      expected,
    );
  });

  test.for(["SECRET", "path", "PATH ", ""])("%j is denied, although it is set", async (var_name) => {
    if (var_name !== "") vi.stubEnv(var_name, "x");
    await expect(getEnvVar(createTestContext(), { var_name })).rejects.toMatchObject({ code: "DENIED" });
  });
});

test("get_os tells more on request", async () => {
  const brief = await getOs(createTestContext(), { verbose: false });
  expect(Object.keys(brief)).toEqual(["os_name", "version", "architecture"]);
  expect(await getOs(createTestContext(), { verbose: true })).toMatchObject({
    ...brief,
    details: { cpus: expect.any(Number) as number },
  });
});
