import { testSwapRace } from "./swap-race.ts";

testSwapRace({ reads: 4000, changes: 100, maxSeconds: 30 });
