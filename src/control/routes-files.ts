import { z } from "zod";

import { FileHistory, FileList } from "../contract/rest/file.ts";
import { fileHistory } from "../operate/file-history.ts";
import { listFiles, readWorkspaceFile } from "../operate/workspace-files.ts";
import { rawRoute, route, type Route } from "./route.ts";

const Path = z.string().min(1).max(4096).describe("Relative to the workspace.");

/** The files of the workspace; they are changed by runs alone, and taken back by undo. */
export const FILE_ROUTES: readonly Route[] = [
  route({
    id: "listFiles",
    method: "get",
    path: "/v1/files",
    tag: "files",
    summary: "What lies in a directory of the workspace.",
    role: "viewer",
    query: z.strictObject({ path: Path.default(".") }),
    answer: { status: 200, text: "The directory.", schema: FileList },
    refusals: [404],
    handle: ({ station, caller, query: { path } }) => ({
      path,
      entries: listFiles(station.controlFor(caller.principal).kernel.workspace, path),
    }),
  }),
  rawRoute({
    id: "readFile",
    method: "get",
    path: "/v1/files/content",
    tag: "files",
    summary: "The bytes of a file of the workspace.",
    role: "viewer",
    query: z.strictObject({ path: Path }),
    answer: { status: 200, text: "The file.", contentType: "application/octet-stream" },
    refusals: [404],
    handle: ({ station, caller, query: { path } }) =>
      new Response(
        new Uint8Array(readWorkspaceFile(station.controlFor(caller.principal).kernel.workspace, path)),
        {
          // Never something that a browser would run in our name.
          headers: { "content-type": "application/octet-stream", "content-disposition": "attachment" },
        },
      ),
  }),
  route({
    id: "getFileHistory",
    method: "get",
    path: "/v1/files/history",
    tag: "files",
    summary: "What runs did to a path, the newest first.",
    role: "viewer",
    query: z.strictObject({
      path: Path,
      before: z.int().min(1).optional(),
      limit: z.int().min(1).max(200).default(50),
    }),
    answer: { status: 200, text: "The versions.", schema: FileHistory },
    handle: ({ station: { runtime }, query: { path, before, limit } }) => ({
      path,
      ...fileHistory(runtime.ledger, path, { before, limit }),
    }),
  }),
];
