import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { CheckMark } from "../parts/check-mark.tsx";
import { Facts, Heading, Section } from "../parts/section.tsx";
import { Failed, Load } from "../parts/states.tsx";
import { Foreign, Short, Values } from "../parts/text.tsx";
import { Clock } from "../parts/time.tsx";
import { get, pathOf } from "../rest/client.ts";
import type { Entry, Head, Proof } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { recallLedger } from "./memory-of-browser.ts";
import { entryIn, type ProofReport, verifyProof } from "./verify-proof.ts";

/** One entry, and the proof that it belongs to the ledger that is signed. */
export function EntryView({ seq }: { readonly seq: string }): ReactNode {
  const say = useSay();
  const asked = useRest<Entry>("ledger", ["ledger", "entries", seq]);
  const number = Number(seq);
  return (
    <>
      <p className="trail">
        <a href={linkTo(["ledger"])}>{say("ledger.back")}</a>
        {number > 1 && <a href={linkTo(["ledger", String(number - 1)])}>{say("ledger.before")}</a>}
        <a href={linkTo(["ledger", String(number + 1)])}>{say("ledger.after")}</a>
      </p>
      <Heading title={say("ledger.entry", { seq })} />
      <Load of={asked}>{(entry) => <Shown entry={entry} />}</Load>
      <ProofPart seq={seq} />
    </>
  );
}

function Shown({ entry }: { readonly entry: Entry }): ReactNode {
  const say = useSay();
  const { at, by, type, run, step, data } = entry;
  return (
    <>
      <Facts
        facts={[
          [say("ledger.type"), <code key="type">{type}</code>],
          [say("approvals.at"), <Clock key="at" at={at} />],
          [say("approvals.by"), <Short key="by" id={by} length={16} />],
          [
            say("runs.run"),
            run === undefined ? (
              "–"
            ) : (
              <a key="run" className="mono" href={linkTo(["runs", run])}>
                {run}
              </a>
            ),
          ],
          [say("run.steps"), step === undefined ? "–" : <Foreign key="step" text={step} />],
        ]}
      />
      <Section title={say("ledger.bytes")}>
        <Values values={data} label={say("ledger.bytes")} />
      </Section>
    </>
  );
}

type Proved = { readonly proof: Proof; readonly report: ProofReport };

function ProofPart({ seq }: { readonly seq: string }): ReactNode {
  const say = useSay();
  const prove = useMutation<Proved, Error>({
    mutationFn: async () => {
      const proof = await get<Proof>(pathOf(["ledger", "entries", seq, "proof"]));
      const { ledger, verifier } = await get<Head>(pathOf(["ledger"]));
      // The key that this browser verified the ledger with goes before what the server says.
      return { proof, report: await verifyProof(proof, recallLedger(ledger)?.key ?? verifier, Number(seq)) };
    },
  });
  return (
    <Section
      title={say("proof.title")}
      aside={
        <button type="button" className="primary" disabled={prove.isPending} onClick={() => prove.mutate()}>
          {say("proof.start")}
        </button>
      }
    >
      {prove.error !== null && <Failed error={prove.error} />}
      {prove.data !== undefined && <ProofShown {...prove.data} />}
    </Section>
  );
}

function ProofShown({ proof, report }: Proved): ReactNode {
  const say = useSay();
  return (
    <div role="status">
      <ul className="checks">
        <li>
          <CheckMark isGood={report.hash} /> {say("proof.hash")}
        </li>
        <li>
          <CheckMark isGood={report.inclusion} />{" "}
          {say("proof.inclusion", { n: proof.hashes.length, size: say.number(proof.size) })}
        </li>
        <li>
          <CheckMark isGood={report.signature} /> {say("proof.signature")}
        </li>
      </ul>
      <Values values={entryIn(proof)} label={say("proof.text")} />
      <pre className="paper" tabIndex={0} role="group" aria-label={say("proof.title")}>
        {proof.checkpoint}
      </pre>
    </div>
  );
}
