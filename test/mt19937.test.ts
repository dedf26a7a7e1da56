import { expect, test } from "vitest";

import { pythonRandom } from "./mt19937.ts";
import { verifies } from "./requirements.ts";

verifies("scale:chaos");

// Draws 1, 2 and 1000 as CPython prints them.
test.for([
  [0, 0.8444218515250481, 0.7579544029403025, 0.4804125346981437],
  [1, 0.13436424411240122, 0.8474337369372327, 0.7062615472551386],
  [1337, 0.6177528569514706, 0.5332655736050008, 0.1420757739435693],
  [-1337, 0.6177528569514706, 0.5332655736050008, 0.1420757739435693],
  [2 ** 32 - 1, 0.6353574441341173, 0.20319993954407756, 0.3214643568909129],
  [2 ** 32, 0.11299430095636409, 0.41782886486292836, 0.04156870367167198],
  [Number.MAX_SAFE_INTEGER, 0.09425040007102303, 0.22287455761867403, 0.8922787796807302],
] as const)("seed %d draws what CPython draws", ([seed, first, second, thousandth]) => {
  const random = pythonRandom(seed);
  const draws = Array.from({ length: 1000 }, random);
  expect([draws[0], draws[1], draws[999]]).toEqual([first, second, thousandth]);
});

test("the chaos seed injects in 56 of 100 runs", () => {
  const draws = Array.from({ length: 100 }, (_, run) => pythonRandom(1337 ^ run)());
  expect(draws.slice(0, 5).map((draw) => draw.toFixed(6))).toEqual([
    "0.617753",
    "0.509988",
    "0.627712",
    "0.867048",
    "0.452984",
  ]);
  expect(draws.filter((draw) => draw < 0.5)).toHaveLength(56);
});
