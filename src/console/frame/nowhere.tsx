import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Heading } from "../parts/section.tsx";
import { useSay } from "../words/use-words.ts";

export function Nowhere(): ReactNode {
  const say = useSay();
  return (
    <>
      <Heading title={say("state.nowhere")} />
      <p>
        <a href={linkTo([])}>{say("nav.overview")}</a>
      </p>
    </>
  );
}
