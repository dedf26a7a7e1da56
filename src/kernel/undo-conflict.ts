import { RuntimeError } from "../contract/errors.ts";
import type { Image } from "../contract/image.ts";
import type { Standing } from "../workspace/carry-out.ts";

/** The error for paths that are not as the effect left them: it names each with what was expected and found. */
export function conflict(conflicts: readonly Standing[]): RuntimeError {
  const what = conflicts.map(
    ({ change, present }) =>
      `"${change.path}" (${describe(change.before)} expected, ${describe(present)} found)`,
  );
  return new RuntimeError(
    "UNDO_CONFLICT",
    `Changed by somebody else since: ${what.join(", ")}. Nothing was touched.`,
    {
      details: conflicts.map(({ change, present }) => ({
        path: change.path,
        expected: change.before,
        found: present,
      })),
    },
  );
}

function describe(image: Image): string {
  switch (image.kind) {
    case "absent":
      return "nothing";
    case "file":
      return `a file ${image.hash.slice(0, 8)}…`;
    case "tree":
      return `a directory of ${image.files} files`;
    case "dir":
      return "a directory";
    case "link":
      return "a link";
    default:
      return image satisfies never;
  }
}
