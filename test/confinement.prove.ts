import { testSwapRace } from "./confinement/swap-race.ts";

testSwapRace({ reads: 100_000, changes: 5000, maxSeconds: 120 });
