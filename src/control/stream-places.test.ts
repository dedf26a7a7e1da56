import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { createStreamPlaces } from "./stream-places.ts";

verifies("control:events");

let sessions = 0;
const reader = (human: string) => ({
  human,
  agent: "",
  session: `s${sessions++}`,
  service: "rest",
  scopes: [],
});
const tooMany = expect.objectContaining({ code: "TOO_MANY" });

test("one reader has so many streams, and all together so many; one that ends makes room", () => {
  const places = createStreamPlaces(3, 2);
  const leave = places.take(reader("ann"));
  places.take(reader("ann"));
  expect(() => places.take(reader("ann"))).toThrow(tooMany);
  places.take(reader("ben"));
  expect(() => places.take(reader("cid"))).toThrow(tooMany);
  leave();
  leave();
  places.take(reader("cid"));
  expect(() => places.take(reader("ann"))).toThrow(tooMany);
});
