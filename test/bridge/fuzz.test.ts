import { test } from "vitest";

import { verifies } from "../requirements.ts";
import { fuzzLines, fuzzProcesses } from "./fuzz.ts";

verifies("bridge:record");

test("fuzzed command lines print one record", () => fuzzLines(200));

test("also in processes of their own", () => fuzzProcesses(5));
