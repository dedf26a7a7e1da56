import type { ReactNode } from "react";

import type { Approval } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";
import { Foreign } from "./text.tsx";

/** Who asks or decides: the person, the agent that acts for the person, and through what. */
export function Principal({ who }: { readonly who: Approval["requestedBy"] }): ReactNode {
  const say = useSay();
  const { human, agent, service } = who;
  return (
    <span>
      {agent !== "" && (
        <>
          <strong>
            <Foreign text={agent} />
          </strong>{" "}
          {human !== "" && <>{say("principal.for")} </>}
        </>
      )}
      <Foreign text={human} /> <span className="soft">({service})</span>
    </span>
  );
}
