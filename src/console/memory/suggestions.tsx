import type { ReactNode } from "react";

import { goTo } from "../address.ts";
import { Section } from "../parts/section.tsx";
import { Empty, Failed } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import type { Memory, Proposal } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useOrder } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

/** What skill memory would change; it becomes a proposal where somebody says so. */
export function Suggestions({ memory: { suggestions } }: { readonly memory: Memory }): ReactNode {
  const say = useSay();
  const may = useMay();
  const order = useOrder<Proposal, string>(
    ["chain", "memory"],
    (id) => ["memory", "suggestions", id, "proposal"],
    () => ({}),
  );
  return (
    <Section title={say("memory.suggestions")}>
      {order.error !== null && <Failed error={order.error} />}
      {suggestions.length === 0 ? (
        <Empty text={say("memory.suggestions.none")} />
      ) : (
        <ul className="strips">
          {suggestions.map(({ id, kind, subject, reason }) => (
            <li key={id} className="suggestion">
              <p>
                <strong>{kind}</strong>{" "}
                <code>
                  {subject.name} {subject.version}
                </code>
              </p>
              <p className="soft">
                <Foreign text={reason} />
              </p>
              {may("operator") && (
                <button
                  type="button"
                  disabled={order.isPending}
                  onClick={() =>
                    order.mutate(id, {
                      onSuccess: (proposal) => goTo(["catalogue", "proposals", proposal.id]),
                    })
                  }
                >
                  {say("memory.propose")}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
