import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 30_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["**/*.test.ts"],
      thresholds: {
        "src/{contract,ledger,workspace,kernel,workflow}/**": { lines: 95, branches: 95 },
      },
    },
  },
});
