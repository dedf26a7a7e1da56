/** Whether a name below `root` begins with a dot, on the way to `path` or at its end. */
export function isHidden(path: string, root: string): boolean {
  const prefix = root === "." ? "" : `${root.replace(/^\.\//, "")}/`;
  return path
    .slice(prefix.length)
    .split("/")
    .some((name) => name.startsWith("."));
}
