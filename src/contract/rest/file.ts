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
        }),
      )
      .readonly(),
    next: z.int().nullable().describe("Give it as `before` for the next page; null at the beginning."),
  })
  .meta({ id: "FileHistory" });
