import { openWorkspace, type Workspace } from "../src/workspace/workspace.ts";
import { scratch } from "./scratch.ts";

/** A workspace in a fresh directory; both are gone when the scope ends. */
export function scratchWorkspace(
  processId = "test",
): Disposable & { readonly path: string; readonly workspace: Workspace } {
  const directory = scratch();
  const workspace = openWorkspace(directory.path, processId);
  return {
    path: directory.path,
    workspace,
    [Symbol.dispose]() {
      workspace.close();
      directory[Symbol.dispose]();
    },
  };
}
