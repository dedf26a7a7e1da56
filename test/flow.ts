/** A workflow of these steps, as it would stand in a file; `more` are its other fields. */
export function flowOf(steps: readonly object[], more: object = {}) {
  return {
    name: "flow",
    version: "1.0.0",
    description: "a flow",
    metadata: { owner: "tests" },
    ...more,
    steps,
  };
}
