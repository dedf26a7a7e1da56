import { expect, test } from "vitest";

import { openTestControl } from "../control/open.ts";
import { verifies } from "../requirements.ts";

verifies("console:closed");

test("a browser gets the page, a program gets what it always got", async () => {
  await using control = await openTestControl();
  const page = await control.send("GET", "/", undefined, { accept: "text/html,*/*;q=0.8" });
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const text = await page.text();
  expect(text).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=/);
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).not.toContain("unsafe");
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
  ])
    expect(policy).toContain(rule);
  expect((await control.ask("GET", "/", undefined, { accept: "*/*" })).body).toMatchObject({
    service: "ai-first-runtime",
  });

  const [, script = ""] = /src="(\/assets\/[^"]+\.js)"/.exec(text) ?? [];
  const code = await control.send("GET", script, undefined, {});
  expect(code.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(code.headers.get("x-content-type-options")).toBe("nosniff");
  expect(control.faults).toEqual([]);
});

test.for([
  "/assets/",
  "/assets/../index.html",
  "/assets/%2e%2e/%2e%2e/package.json",
  "/assets/none.js",
  "/index.html",
])("%s is nothing that is served", async (path) => {
  await using control = await openTestControl();
  expect((await control.send("GET", path, undefined, { accept: "text/html" })).status).toBe(404);
});

test("a page of another name is refused before anything is looked at", async () => {
  await using control = await openTestControl();
  const sent = await control.send("GET", "/", undefined, { host: "evil.example:8030", accept: "text/html" });
  expect(sent.status).toBe(421);
});
