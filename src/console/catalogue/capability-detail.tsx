import type { ReactNode } from "react";

import type { CapabilitySpec } from "../../contract/capability.ts";
import { linkTo } from "../address.ts";
import { RiskMark } from "../parts/risk.tsx";
import { Facts } from "../parts/section.tsx";
import { Load } from "../parts/states.tsx";
import { Foreign, Short, Values } from "../parts/text.tsx";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

type Contract = CapabilitySpec & { readonly specHash: string };

/** A capability's contract. */
export function CapabilityDetail({ id }: { readonly id: string }): ReactNode {
  const asked = useRest<Contract>("chain", ["capabilities", id]);
  return <Load of={asked}>{(contract) => <Shown contract={contract} />}</Load>;
}

function Shown({ contract }: { readonly contract: Contract }): ReactNode {
  const say = useSay();
  const { id, version, description, risk, side_effects, undo, network, process, inputs, outputs, specHash } =
    contract;
  return (
    <article className="document">
      <header>
        <h2 className="mono">{id}</h2>
        <span className="soft">{version}</span>
        <RiskMark risk={risk.level} />
      </header>
      <p>
        <Foreign text={description} />
      </p>
      <p className="soft">
        <Foreign text={risk.justification} />
      </p>
      <Facts
        facts={[
          [say("catalogue.effects"), side_effects.join(", ")],
          [say("catalogue.undo"), undo.kind],
          ...(network === undefined ? [] : [[say("catalogue.hosts"), network.hosts.join(", ")] as const]),
          ...(process === undefined
            ? []
            : [[say("catalogue.commands"), process.commands.join(", ")] as const]),
          [say("catalogue.spec"), <Short key="hash" id={specHash} length={16} />],
        ]}
      />
      <div className="twin">
        <div>
          <h3>{say("start.inputs")}</h3>
          <Values values={inputs} label={say("start.inputs")} />
        </div>
        <div>
          <h3>{say("catalogue.outputs")}</h3>
          <Values values={outputs} label={say("catalogue.outputs")} />
        </div>
      </div>
      <p>
        <a href={linkTo(["start", "capabilities", id])}>{say("catalogue.start")}</a>
      </p>
    </article>
  );
}
