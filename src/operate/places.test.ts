import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { placesOf, withoutPlaces } from "./places.ts";

verifies("control:openapi");

const PLACES = placesOf({ workspace: '/srv/"the\\desk"', home: "/srv/home" });

test("no path of the machine is left in a text, nor in texts within JSON, whatever characters it has", () => {
  const message = 'The file /srv/"the\\desk"/a.txt is not in /srv/home.';
  const hidden = "The file the workspace/a.txt is not in the home.";
  expect(withoutPlaces(message, PLACES)).toBe(hidden);
  const details = [{ path: '/srv/"the\\desk"', size: 1 }];
  expect(withoutPlaces({ message, details }, PLACES)).toEqual({
    message: hidden,
    details: [{ path: "the workspace", size: 1 }],
  });
});
