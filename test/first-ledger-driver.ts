// Usage: node --import crash/points.mjs first-ledger-driver.ts DIRECTORY
// Makes the keys and the ledger of an empty directory, appends one entry, and closes.
import { openTestLedger, PERSON, runStarted } from "./ledger-fixture.ts";

const [directory = ""] = process.argv.slice(2);
const { ledger } = openTestLedger(directory);
await ledger.append(PERSON, runStarted("first"));
await ledger.close();
