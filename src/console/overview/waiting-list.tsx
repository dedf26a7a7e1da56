import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Glyph } from "../parts/glyph.tsx";
import { RiskMark } from "../parts/risk.tsx";
import { Foreign } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import type { Approvals } from "../rest/operations.ts";

export function WaitingList({ approvals }: Pick<Approvals, "approvals">): ReactNode {
  return (
    <ul className="strips">
      {approvals.map(({ id, name, text, risk, requestedAt }) => (
        <li key={id} className="strip wait">
          <a href={linkTo(["approvals", id])}>
            <Glyph status="waiting" />
            <span className="name">
              <Foreign text={name} />
            </span>
            <span className="soft line">
              <Foreign text={text.split("\n", 1)[0] ?? ""} />
            </span>
            <RiskMark risk={risk} />
            <Ago at={requestedAt} />
          </a>
        </li>
      ))}
    </ul>
  );
}
