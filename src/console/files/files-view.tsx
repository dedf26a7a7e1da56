import type { ReactNode } from "react";

import { linkTo, useAddress } from "../address.ts";
import { Heading } from "../parts/section.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import type { Files } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { FileDetail } from "./file-detail.tsx";

/** The workspace as it lies there, and what runs did to each file. */
export function FilesView(): ReactNode {
  const say = useSay();
  const { query } = useAddress();
  const path = query.get("path") ?? "";
  const directory = query.get("dir") ?? parentOf(path);
  return (
    <>
      <Heading title={say("files.title")} />
      <Crumbs directory={directory} />
      <div className="pick">
        <Directory key={directory} directory={directory} chosen={path} />
        {path === "" ? (
          <p className="soft">{say("files.choose")}</p>
        ) : (
          <FileDetail key={path} path={path} directory={directory} />
        )}
      </div>
    </>
  );
}

function Crumbs({ directory }: { readonly directory: string }): ReactNode {
  const say = useSay();
  const parts = directory === "." ? [] : directory.split("/");
  return (
    <nav className="crumbs" aria-label={say("files.place")}>
      <a href={linkTo(["files"])}>{say("files.root")}</a>
      {parts.map((part, index) => (
        <span key={parts.slice(0, index + 1).join("/")}>
          {" / "}
          <a href={linkTo(["files"], { dir: parts.slice(0, index + 1).join("/") })}>
            <Foreign text={part} />
          </a>
        </span>
      ))}
    </nav>
  );
}

const SIGNS = { dir: "▸", file: "", link: "↪", other: "?" } as const;

function Directory({
  directory,
  chosen,
}: {
  readonly directory: string;
  readonly chosen: string;
}): ReactNode {
  const say = useSay();
  const asked = useRest<Files>("files", ["files"], { path: directory });
  return (
    <Load of={asked}>
      {({ entries }) =>
        entries.length === 0 ? (
          <Empty text={say("files.empty")} />
        ) : (
          <ul className="list files">
            {entries.map(({ name, path, kind, size }) => (
              <li key={path}>
                <a
                  href={linkTo(["files"], kind === "dir" ? { dir: path } : { dir: directory, path })}
                  aria-current={path === chosen ? "true" : undefined}
                >
                  <span className="mono">
                    <Foreign text={name} />
                    {kind === "dir" && "/"}
                  </span>
                  <span className="soft mono">
                    {SIGNS[kind]} {kind === "file" && say.number(size)}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        )
      }
    </Load>
  );
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash);
}
