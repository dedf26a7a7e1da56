import type { SideEffect } from "../contract/capability.ts";
import type { Change } from "../contract/image.ts";
import type { ReadMarks } from "./read-marks.ts";
import type { Directory } from "./walk.ts";
import type { Workspace } from "./workspace.ts";

/** What the files of one step stand on. */
export type FilesOptions = {
  readonly workspace: Workspace;
  /** The directory that paths are relative to, held open by the caller, and its path below the workspace root. */
  readonly directory: Directory;
  readonly prefix: readonly string[];
  /** Owner of the leases. */
  readonly run: string;
  readonly reads: ReadMarks;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Refuses what the contract does not declare. @throws EFFECT_UNDECLARED */
  readonly needs: (...anyOf: readonly SideEffect[]) => void;
  /** Number of the ledger's newest entry. */
  readonly lastSeq: () => number;
  /**
   * Resolves once the intent is durable; the effect starts after it. `lookedAfter`: the newest entry when the paths
   * were looked at.
   *
   * @throws LEASE_CONFLICT where another run has changed one of them since
   */
  readonly intend: (op: FileOp, changes: readonly Change[], lookedAfter: number) => Promise<Withdraw>;
};

/**
 * Records that of an intended effect nothing was done, and nothing will be: a program that takes no leases changed a
 * path before it.
 */
export type Withdraw = () => Promise<void>;

export type FileOp = "write" | "make-dir" | "remove" | "move" | "copy";
