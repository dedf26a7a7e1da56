import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { bundleConsole } from "./bundle-console.ts";

// What a server in a checkout starts where the console is missing or older than its sources.
await bundleConsole(join(fileURLToPath(new URL("..", import.meta.url)), "dist/console"));
