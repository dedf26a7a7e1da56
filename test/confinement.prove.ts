import { testSwapRace } from "./confinement/swap-race.ts";

testSwapRace({ reads: 100_000, changes: 10_000, maxSeconds: 300 });
