import { z } from "zod";

import { FileHistory, FileList, RestoreFile } from "../contract/rest/file.ts";
import { StartedRun } from "../contract/rest/run.ts";
import { fileHistory } from "../operate/file-history.ts";
import { imageAt, isKept, readVersion } from "../operate/file-versions.ts";
import { restoreFile } from "../operate/restore-file.ts";
import { listFiles, readWorkspaceFile } from "../operate/workspace-files.ts";
import { follow } from "./follow.ts";
import { startedRun } from "./started-run.ts";
import { traceParentIn } from "./trace-parent.ts";
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
    summary: "The bytes of a file of the workspace, as it is now or as a change found or left it.",
    role: "viewer",
    query: z.strictObject({
      path: Path,
      seq: z.int().min(1).optional().describe("An entry of its history; without it, as the file is now."),
      side: z.enum(["before", "after"]).default("after").describe("Before that entry's change, or after."),
    }),
    answer: { status: 200, text: "The file.", contentType: "application/octet-stream" },
    refusals: [404],
    handle: ({ station, caller, query: { path, seq, side } }) => {
      const { workspace, ledger } = station.controlFor(caller.principal).kernel;
      const content =
        seq === undefined
          ? readWorkspaceFile(workspace, path)
          : readVersion(workspace, path, imageAt(ledger, path, seq, side));
      // Never something that a browser would run in our name.
      const headers = { "content-type": "application/octet-stream", "content-disposition": "attachment" };
      return new Response(new Uint8Array(content), { headers });
    },
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
    handle: ({ station, caller, query: { path, before, limit } }) => {
      const { workspace, ledger } = station.controlFor(caller.principal).kernel;
      const { versions, next } = fileHistory(ledger, path, { before, limit });
      const keptOf = ({ before: was, after: is }: (typeof versions)[number]) => ({
        before: isKept(workspace, path, was),
        after: isKept(workspace, path, is),
      });
      return { path, versions: versions.map((each) => ({ ...each, isKept: keptOf(each) })), next };
    },
  }),
  route({
    id: "restoreFile",
    method: "post",
    path: "/v1/files/restore",
    tag: "files",
    summary:
      "Give one file a content that it had before, by a run of its own, unless somebody changed it since.",
    role: "operator",
    body: RestoreFile,
    answer: { status: 202, text: "The run has started.", schema: StartedRun },
    refusals: [403, 404, 409],
    startsRun: true,
    handle: async ({ station, caller, body, headers, promised }) => {
      const { ledger, workspace } = station.controlFor(caller.principal).kernel;
      if (promised !== undefined && ledger.run(promised) !== undefined) return startedRun(promised);
      const panel = station.panelFor(caller.principal);
      const { run, settled } = await restoreFile({ ledger, workspace, panel }, body, {
        ...traceParentIn(headers),
        ...(promised === undefined ? {} : { run: promised }),
      });
      follow(settled);
      await ledger.flush();
      return startedRun(run);
    },
  }),
];
