import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { DEMO_FILES } from "../../src/cli/demo-files.ts";
import { readPolicyDirectory } from "../../src/governance/constitution/policy-files.ts";
import { enforce } from "../handshake-site.ts";
import type { TestConsole } from "./open-console.ts";

const SHIPPED = readPolicyDirectory(join(import.meta.dirname, "../../assets/policies"));

const TERMS = `# Terms of delivery

1. Orders before noon leave the same day.
2. Invoices are due within 30 days.
3. Tea is returned unopened or not at all.
`;

/** Puts files where runs find them, and lets the constitution ask before the terms are changed. */
export async function prepare({ workspace, runtime }: TestConsole): Promise<void> {
  for (const [path, text] of Object.entries({ ...DEMO_FILES, "terms.md": TERMS })) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  const ask = `@id("ask.terms") @reason("customers rely on the terms of delivery")
forbid (principal, action == Action::"run", resource)
when { context.paths.contains("terms.md") && resource.operation != "READ" }
unless { context.confirmed };`;
  // For people and agents with a token of their own, beside whoever works at this machine.
  const permit = `@id("rest.allow") @reason("operators may run what is ACTIVE")
permit (principal, action, resource) when { principal.scopes.contains("operator") };`;
  await enforce(runtime, { policies: { ...SHIPPED.policies, "ask.terms": ask, "rest.allow": permit } });
}

/** What asks a human, with the lines that would change. */
export const CHANGE_TERMS = {
  target: "io.fs.write_file",
  inputs: { path: "terms.md", content: TERMS.replace("30 days", "14 days").replace("noon", "10 o'clock") },
};

/** Writes two files and then fails: what it wrote is taken back. */
export const FAILS = {
  workflow: `name: publish_prices
version: 1.0.0
description: Writes the price list, then reads what is not there.
metadata: { owner: sales }
steps:
  - name: write_list
    capability_name: io.fs.write_file
    inputs: { path: prices.md, content: "# Prices\\n\\n- Green tea 18.50\\n" }
  - name: write_index
    capability_name: io.fs.write_file
    inputs: { path: index.md, content: "[Prices](prices.md)\\n" }
  - name: read_discounts
    capability_name: io.fs.read_file
    inputs: { path: discounts.csv }
`,
};

/** Takes some seconds, so that somebody can watch it. */
export const LONG = {
  workflow: `name: label_parcels
version: 1.0.0
description: Writes a label for each parcel.
metadata: { owner: shipping }
initial_state: { parcels: [${Array.from({ length: 400 }, (_, index) => index + 1).join(", ")}] }
steps:
  - name: make_labels
    capability_name: io.fs.make_dir
    inputs: { path: labels, exist_ok: true }
  - name: labels
    capability_name: io.fs.write_file
    foreach: "{{ parcels }}"
    as: parcel
    max_concurrency: 1
    inputs: { path: "labels/{{ parcel }}.txt", content: "Parcel {{ parcel }}\\n" }
  - name: count
    capability_name: io.fs.write_file
    inputs: { path: labels/count.txt, content: "{{ labels.count }} labels\\n" }
`,
};
