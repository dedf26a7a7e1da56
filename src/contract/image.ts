/**
 * What lies at a path: the unit that effects, undo and recovery speak about. `hash` is the SHA-256 of a file's
 * content, or of a tree's manifest (see `TreeEntry`), and names a blob in the workspace's store once it was kept.
 */
export type Image =
  | { readonly kind: "absent" }
  | FileImage
  | { readonly kind: "link"; readonly target: string; readonly mtimeNs: string }
  | { readonly kind: "dir"; readonly mode: number; readonly mtimeNs: string }
  | TreeImage;

export type FileImage = {
  readonly kind: "file";
  readonly hash: string;
  readonly size: number;
  /** Permission bits, `0o7777` at most. */
  readonly mode: number;
  /** Decimal nanoseconds since the epoch; restored to the nearest double of seconds (within 0.3 microseconds). */
  readonly mtimeNs: string;
};

/** A directory with all that is in it. `content` is the digest of the manifest without times. */
export type TreeImage = {
  readonly kind: "tree";
  readonly hash: string;
  readonly content: string;
  readonly files: number;
  readonly size: number;
};

/** One line of a tree's manifest, sorted by path; the root's own path is the empty string. */
export type TreeEntry = {
  readonly path: string;
  readonly image: Exclude<Image, { kind: "absent" } | { kind: "tree" }>;
};

/** One path's way from one image to another. */
export type Change = {
  /** Relative to the workspace root, `/` between components. */
  readonly path: string;
  readonly before: Image;
  readonly after: Image;
  /** For a move: this path took over (after) or gave away (before) the very inode of the other path. */
  readonly movedFrom?: string | undefined;
};
