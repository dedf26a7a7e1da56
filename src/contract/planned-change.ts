/** One path, address or program that something would change, reach or start. */
export type PlannedChange = {
  readonly kind: "create" | "change" | "delete" | "make-dir" | "request" | "start-process";
  /** A path of the workspace, an address, or a command. */
  readonly target: string;
  /** Unified diff of a text file; null for anything else, and where it would be too long. */
  readonly diff: string | null;
  /** Bytes of a file before and after; null on the side where there is none. */
  readonly bytes: { readonly before: number | null; readonly after: number | null } | null;
};
