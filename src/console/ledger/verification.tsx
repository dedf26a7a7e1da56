import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { CheckMark } from "../parts/check-mark.tsx";
import { Glyph } from "../parts/glyph.tsx";
import { Facts, Section } from "../parts/section.tsx";
import { Failed } from "../parts/states.tsx";
import { Short } from "../parts/text.tsx";
import { get, pathOf, post } from "../rest/client.ts";
import type { ChainLinks, Head } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useSay } from "../words/use-words.ts";
import { forgetLedger, recallLedger, rememberLedger, verifiedSize } from "./memory-of-browser.ts";
import { type Check, type Report, type Seen, verifyChain } from "./verify-chain.ts";

type Verified = { readonly report: Report; readonly seen: Seen | undefined; readonly ledger: string };

const PAGE = 500;

/** Verifies the whole ledger in this browser, and shows each thing that was checked. */
export function Verification(): ReactNode {
  const say = useSay();
  const client = useQueryClient();
  const may = useMay();
  const [progress, setProgress] = useState<{ readonly n: number; readonly all: number } | null>(null);
  const verify = useMutation<Verified, Error>({
    mutationFn: async () => {
      if (!isSecureContext) throw new Error(say("verify.insecure"));
      // So that all of it is signed; whoever may only look verifies what is signed already.
      if (may("operator")) await post(pathOf(["ledger", "checkpoint"]), {});
      const head = await get<Head>(pathOf(["ledger"]));
      const seen = recallLedger(head.ledger);
      const report = await verifyChain({
        head,
        seen,
        page: (after) => get<ChainLinks>(pathOf(["ledger", "chain"], { after, limit: PAGE })),
        onProgress: (n) => setProgress({ n, all: Math.max(n, head.entries) }),
      });
      return { report, seen, ledger: head.ledger };
    },
    onSuccess: ({ report, ledger }) => {
      if (report.wrong.length > 0) return;
      rememberLedger(ledger, report);
      verifiedSize.set(report.entries);
    },
    onSettled: () => {
      setProgress(null);
      void client.invalidateQueries({ queryKey: ["ledger"] });
    },
  });
  return (
    <Section
      title={say("verify.title")}
      aside={
        <button type="button" className="primary" disabled={verify.isPending} onClick={() => verify.mutate()}>
          {say("verify.start")}
        </button>
      }
    >
      <p className="soft reading">{say("verify.lead")}</p>
      {progress !== null && (
        <p role="status">
          <progress max={progress.all} value={progress.n} aria-label={say("verify.title")} />{" "}
          {say("verify.running", { n: say.number(progress.n), all: say.number(progress.all) })}
        </p>
      )}
      {verify.error !== null && <Failed error={verify.error} />}
      {verify.data !== undefined && !verify.isPending && (
        <Result verified={verify.data} onForget={() => verify.mutate()} />
      )}
    </Section>
  );
}

const CHECKS: readonly Check[] = ["chain", "canonical", "texts", "checkpoint", "keys", "seen"];

function Result({
  verified: { report, seen, ledger },
  onForget,
}: {
  readonly verified: Verified;
  readonly onForget: () => void;
}): ReactNode {
  const say = useSay();
  const isWhole = report.wrong.length === 0;
  const texts: Readonly<Record<Check, string>> = {
    chain: say("verify.chain"),
    canonical: say("verify.canonical"),
    texts: say("verify.texts"),
    checkpoint:
      report.checkpointSize === 0
        ? say("verify.checkpoint.none")
        : say("verify.checkpoint", { n: say.number(report.checkpointSize) }),
    keys: say("verify.keys"),
    seen:
      seen === undefined
        ? say("verify.seen.first")
        : say("verify.seen", {
            n: say.number(seen.size),
            when: new Date(seen.at).toLocaleString(say.language),
          }),
  };
  return (
    <div className="report" role="status">
      <p className={`note ${isWhole ? "good" : "bad"}`}>
        <strong>{isWhole ? say("verify.good", { n: say.number(report.entries) }) : say("verify.bad")}</strong>
      </p>
      <ul className="checks">
        {CHECKS.map((check) => {
          const faults = report.wrong.filter((each) => each.check === check);
          return (
            <li key={check}>
              {check === "checkpoint" && report.checkpointSize === 0 ? (
                <Glyph status="pending" />
              ) : (
                <CheckMark isGood={faults.length === 0} />
              )}{" "}
              {texts[check]}
              {faults.slice(0, 8).map(({ seq, detail }) => (
                <p key={`${seq}${detail}`} className="fault">
                  {seq === null ? say("verify.fault.whole") : say("verify.fault", { seq })}:{" "}
                  <code>{detail}</code>
                </p>
              ))}
            </li>
          );
        })}
      </ul>
      <Facts
        facts={[
          [say("verify.head"), <Short key="head" id={report.head} length={24} />],
          [say("verify.root"), <Short key="root" id={report.root} length={24} />],
          [say("verify.key"), <Short key="key" id={report.key} length={Math.min(60, report.key.length)} />],
        ]}
      />
      {report.wrong.some(({ check }) => check === "seen") && (
        <button
          type="button"
          onClick={() => {
            forgetLedger(ledger);
            onForget();
          }}
        >
          {say("verify.forget")}
        </button>
      )}
    </div>
  );
}
