import type { Subject } from "../contract/governance-event.ts";
import { type Governed, keyOf } from "../governance/state.ts";
import type { Chain } from "./station.ts";

/** Every pack or facade that the chain knows or that lies here, each version once. */
export function subjectsOf(
  { governance, registry }: Pick<Chain, "governance" | "registry">,
  kind: "pack" | "facade",
): Subject[] {
  const { governed, proposals } = governance.state();
  const lying = (kind === "pack" ? registry.packs() : registry.facades()).map(
    ({ spec: { name, version } }) => ({ kind, name, version }),
  );
  const all = [...governed.values(), ...proposals.values()].map(({ subject }) => subject);
  const own = [...all.filter((subject) => subject.kind === kind), ...lying];
  const unique = new Map(own.map(({ name, version }) => [`${name}@${version}`, { kind, name, version }]));
  return [...unique.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** How a pack or facade stands, as a list shows it. */
export function standingOf(chain: Pick<Chain, "governance" | "registry">, subject: Subject) {
  const governed = governedOf(chain, subject);
  return {
    name: subject.name,
    version: subject.version,
    state: governed?.lifecycle ?? ("PROPOSED" as const),
    suspended: governed?.suspension?.cause ?? null,
    since: governed?.since ?? null,
    description: descriptionOf(chain, subject),
  };
}

/** Everything about a pack or facade as one document. */
export function describeSubject(chain: Pick<Chain, "governance" | "registry">, subject: Subject) {
  const found = governedOf(chain, subject);
  return {
    ...subject,
    description: descriptionOf(chain, subject),
    state: found?.lifecycle ?? ("PROPOSED" as const),
    suspension: found?.suspension ?? null,
    since: found?.since ?? null,
    locks: found?.locks ?? [],
    workflows: found?.workflows ?? [],
    packs: found?.packs ?? [],
    principals: found?.principals ?? null,
    proposals: [...chain.governance.state().proposals.values()]
      .filter((each) => keyOf(each.subject) === keyOf(subject))
      .map(({ id, status }) => ({ id, status })),
  };
}

function governedOf({ governance }: Pick<Chain, "governance">, subject: Subject): Governed | undefined {
  return governance.state().governed.get(keyOf(subject));
}

function descriptionOf({ registry }: Pick<Chain, "registry">, { kind, name, version }: Subject): string {
  const specs = kind === "pack" ? registry.packs() : registry.facades();
  const found = specs.find(({ spec }) => spec.name === name && spec.version === version);
  return (found?.spec.description ?? "").trim().replaceAll(/\s+/g, " ");
}
