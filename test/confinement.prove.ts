import { testSwapRace } from "./confinement/swap-race.ts";
import { verifies } from "./requirements.ts";

verifies("workspace:paths");

testSwapRace({ reads: 100_000, changes: 5000, maxSeconds: 120 });
