import { test } from "vitest";

import { fuzzLines, fuzzProcesses } from "./bridge/fuzz.ts";
import { shareOf } from "./prove-share.ts";
import { verifies } from "./requirements.ts";

verifies("bridge:record");

test(`${shareOf(3700)} fuzzed command lines print one record each`, () => fuzzLines(shareOf(3700)));

test(`${shareOf(300)} of them in processes of their own, some of which are told to stop`, () =>
  fuzzProcesses(shareOf(300)));
