import { z } from "zod";

export const FileList = z
  .strictObject({
    path: z.string(),
    entries: z
      .array(
        z.strictObject({
          name: z.string(),
          path: z.string(),
          kind: z.enum(["file", "dir", "link", "other"]),
          size: z.int(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "FileList" });

const Image = z
  .looseObject({ kind: z.enum(["absent", "file", "link", "dir", "tree"]) })
  .meta({ id: "Image" });

export const FileHistory = z
  .strictObject({
    path: z.string(),
    versions: z
      .array(
        z.strictObject({
          seq: z.int().describe("Number of the entry; `after` holds from there on."),
          at: z.iso.datetime(),
          run: z.string(),
          step: z.string(),
          isUndo: z.boolean(),
          before: Image,
          after: Image,
          isKept: z
            .strictObject({ before: z.boolean(), after: z.boolean() })
            .describe("Whether the content of each side can still be read and restored."),
        }),
      )
      .readonly(),
    next: z.int().nullable().describe("Give it as `before` for the next page; null at the beginning."),
  })
  .meta({ id: "FileHistory" });

export const RestoreFile = z
  .strictObject({
    path: z.string().min(1).max(4096).describe("Relative to the workspace."),
    seq: z.int().min(1).describe("Number of an entry of its history."),
    side: z
      .enum(["before", "after"])
      .default("after")
      .describe("What lay there before that change, or after."),
    expected: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .optional()
      .describe(
        "SHA-256 of what must lie there now, null for nothing; without it, what the newest change of a run left.",
      ),
    reason: z.string().trim().min(1).max(2000).describe("Why; it is recorded in the ledger."),
  })
  .meta({ id: "RestoreFile" });
