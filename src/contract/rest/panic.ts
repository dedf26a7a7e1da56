import { z } from "zod";

import { PanicAction, PanicScope } from "../panic.ts";
import { Principal } from "../principal.ts";

const Reason = z.string().trim().min(1).max(2000).describe("Why; it is recorded in the ledger.");

export const PanicOrder = z
  .strictObject({
    action: PanicAction.default("FREEZE").describe("What becomes of the runs."),
    scope: PanicScope.default({ kind: "all" }).describe("Whose runs."),
    reason: Reason,
  })
  .meta({ id: "PanicOrder" });

export const Panic = z
  .strictObject({
    id: z.string(),
    action: PanicAction,
    scope: PanicScope.readonly(),
    reason: z.string(),
    by: Principal.readonly(),
    at: z.string(),
    isWide: z.boolean().describe("Whether it counts for everybody's runs."),
    lifted: z
      .strictObject({ by: Principal.readonly(), reason: z.string(), at: z.string() })
      .readonly()
      .nullable(),
  })
  .readonly()
  .meta({ id: "Panic" });

export const PanicList = z.strictObject({ panics: z.array(Panic).readonly() }).meta({ id: "PanicList" });

export const PanicReport = z
  .strictObject({
    panic: Panic,
    runs: z
      .array(
        z
          .strictObject({
            run: z.string(),
            name: z.string(),
            status: z.string(),
            isAtRest: z.boolean().describe("Nothing of it is under way any more."),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly()
  .meta({ id: "PanicReport" });
