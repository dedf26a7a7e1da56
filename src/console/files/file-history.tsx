import { type ReactNode, useState } from "react";

import { goTo, linkTo } from "../address.ts";
import { OrderDialog } from "../parts/dialog.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import type { History, Started, Version } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useOrder, useRestPages } from "../rest/use-rest.ts";
import { type Say, useSay } from "../words/use-words.ts";
import type { Moment } from "./file-detail.tsx";

type Looking = { readonly moment: Moment; readonly onLook: (moment: Moment) => void };

/** What runs did to a path, the newest first; each content that is kept can be looked at and restored. */
export function FileHistory({ path, ...looking }: Looking & { readonly path: string }): ReactNode {
  const say = useSay();
  const pages = useRestPages<History>("files", ["files", "history"], { path, limit: 50 }, "before");
  if (pages.data === undefined)
    return pages.error === null ? (
      <Loading />
    ) : (
      <Failed error={pages.error} onRetry={() => void pages.refetch()} />
    );
  const versions = pages.data.pages.flatMap((page) => page.versions);
  if (versions.length === 0) return <Empty text={say("files.history.none")} />;
  const oldest = versions.at(-1);
  return (
    <>
      <ol className="versions">
        {versions.map((version) => (
          <VersionRow key={version.seq} path={path} version={version} side="after" {...looking} />
        ))}
        {oldest !== undefined && !pages.hasNextPage && oldest.before.kind !== "absent" && (
          <VersionRow path={path} version={oldest} side="before" {...looking} />
        )}
      </ol>
      {pages.hasNextPage && (
        <button type="button" onClick={() => void pages.fetchNextPage()}>
          {say("state.more")}
        </button>
      )}
    </>
  );
}

function VersionRow({
  path,
  version,
  side,
  moment,
  onLook,
}: Looking & {
  readonly path: string;
  readonly version: Version;
  readonly side: "before" | "after";
}): ReactNode {
  const say = useSay();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const { seq, at, run, step, isUndo, isKept } = version;
  const isShown = moment?.seq === seq && moment.side === side;
  const canBeRead = isKept[side] && version[side].kind === "file";
  return (
    <li className={isShown ? "shown" : ""}>
      <a className="seq" href={linkTo(["ledger", String(seq)])}>
        {seq}
      </a>
      <span>
        {side === "before" ? (
          say("files.before")
        ) : (
          <>
            <a href={linkTo(["runs", run])}>
              <Foreign text={step} />
            </a>{" "}
            {isUndo && <span className="verdict undone">{say("files.undo")}</span>} <Ago at={at} />
          </>
        )}
        <br />
        <span className="soft">{imageText(version[side], say)}</span>
      </span>
      <span className="buttons">
        {canBeRead && (
          <button type="button" aria-pressed={isShown} onClick={() => onLook(isShown ? null : { seq, side })}>
            {say("files.look")}
          </button>
        )}
        {canBeRead && may("operator") && (
          <button type="button" onClick={() => setOpen(true)}>
            {say("files.restore")}
          </button>
        )}
      </span>
      {isOpen && <Restore path={path} seq={seq} side={side} onClose={() => setOpen(false)} />}
    </li>
  );
}

function Restore({
  onClose,
  ...what
}: {
  readonly path: string;
  readonly seq: number;
  readonly side: "before" | "after";
  readonly onClose: () => void;
}): ReactNode {
  const say = useSay();
  const order = useOrder<Started, { readonly reason: string }>(
    ["files", "runs"],
    () => ["files", "restore"],
    ({ reason }) => ({ ...what, reason }),
  );
  return (
    <OrderDialog
      title={say("files.restore")}
      lead={say("files.restore.lead")}
      confirm={say("files.restore")}
      order={async (reason) => {
        const { run } = await order.mutateAsync({ reason });
        goTo(["runs", run]);
      }}
      onClose={onClose}
    />
  );
}

function imageText(image: Version["after"], say: Say): string {
  const size = image["size"];
  return image.kind === "file"
    ? say("image.file", { size: say.number(typeof size === "number" ? size : 0) })
    : say(`image.${image.kind}`);
}
