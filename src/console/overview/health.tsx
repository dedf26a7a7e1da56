import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Glyph } from "../parts/glyph.tsx";
import { Facts } from "../parts/section.tsx";
import { Failed } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import { durationOf } from "../parts/time.tsx";
import type { Head, Healthy } from "../rest/operations.ts";
import { useWho } from "../rest/use-may.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

const POLL_MS = 15_000;

/** Which workspace this is, who looks at it, and whether its ledger works. */
export function Health(): ReactNode {
  const say = useSay();
  const health = useRest<Healthy>("service", ["health"], {}, { everyMs: POLL_MS });
  const ledger = useRest<Head>("ledger", ["ledger"]);
  const who = useWho();
  if (health.error !== null) return <Failed error={health.error} onRetry={() => void health.refetch()} />;
  return (
    <Facts
      facts={[
        [say("overview.workspace"), <Foreign key="where" text={who.data?.workspace ?? ""} />],
        [say("overview.you"), <Foreign key="who" text={who.data?.principal.human ?? ""} />],
        [
          say("overview.health"),
          <span key="good" className="status good">
            <Glyph status={health.data === undefined ? "pending" : "completed"} />
            {health.data !== undefined && say("overview.health.good")}
          </span>,
        ],
        [
          say("overview.uptime"),
          <span key="up" className="mono">
            {health.data !== undefined && durationOf(health.data.uptime_seconds * 1000)}
          </span>,
        ],
        [
          say("overview.entries"),
          <a key="entries" className="mono" href={linkTo(["ledger"])}>
            {ledger.data !== undefined && say.number(ledger.data.entries)}
          </a>,
        ],
        [
          say("overview.head"),
          <span key="head" className="mono">
            {ledger.data?.head.slice(0, 16)}
          </span>,
        ],
      ]}
    />
  );
}
