import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { Failed, Loading } from "../parts/states.tsx";
import { Foreign, foreignLines } from "../parts/text.tsx";
import { pathOf, send } from "../rest/client.ts";
import type { Files } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { type Say, useSay } from "../words/use-words.ts";
import { FileHistory } from "./file-history.tsx";

/** One side of a change: what lay at the path before or after it; without it, what lies there now. */
export type Moment = { readonly seq: number; readonly side: "before" | "after" } | null;

const MOST_BYTES = 256 * 1024;

/** A file as it is, or as it was, over what runs did to it. */
export function FileDetail({
  path,
  directory,
}: {
  readonly path: string;
  readonly directory: string;
}): ReactNode {
  const say = useSay();
  const [moment, setMoment] = useState<Moment>(null);
  const beside = useRest<Files>("files", ["files"], { path: directory });
  const isThere = beside.data?.entries.some((each) => each.path === path && each.kind === "file");
  return (
    <article className="document">
      <header>
        <h2 className="mono">
          <Foreign text={path} />
        </h2>
      </header>
      <div className="between">
        <h3>{titleOf(moment, say)}</h3>
        {moment !== null && (
          <button type="button" className="quiet" onClick={() => setMoment(null)}>
            {say("files.now")}
          </button>
        )}
      </div>
      {moment === null && isThere === false ? (
        <p className="soft">{say("files.gone")}</p>
      ) : (
        (moment !== null || isThere === true) && <Content path={path} moment={moment} />
      )}
      <h3>{say("files.history")}</h3>
      <FileHistory path={path} moment={moment} onLook={setMoment} />
    </article>
  );
}

function titleOf(moment: Moment, say: Say): string {
  if (moment === null) return say("files.now");
  return say(moment.side === "after" ? "files.then" : "files.earlier", { seq: moment.seq });
}

function Content({ path, moment }: { readonly path: string; readonly moment: Moment }): ReactNode {
  const say = useSay();
  const query = { path, ...moment };
  const asked = useQuery({
    queryKey: ["files", "content", query],
    queryFn: async ({ signal }) => {
      const response = await send("GET", pathOf(["files", "content"], query), { signal });
      return new Uint8Array(await response.arrayBuffer());
    },
  });
  if (asked.error !== null) return <Failed error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data === undefined) return <Loading />;
  const text = textIn(asked.data);
  if (text === undefined)
    return <p className="soft">{say("files.binary", { size: say.number(asked.data.length) })}</p>;
  return (
    <pre className="values" tabIndex={0} role="group" aria-label={path}>
      {foreignLines(text)}
    </pre>
  );
}

function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.length > MOST_BYTES || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
