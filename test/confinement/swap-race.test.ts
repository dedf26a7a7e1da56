import { testSwapRace } from "./swap-race.ts";
import { verifies } from "../requirements.ts";

verifies("workspace:paths");

testSwapRace({ reads: 4000, changes: 100, maxSeconds: 30 });
