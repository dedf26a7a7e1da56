import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, test } from "vitest";

import { Approval } from "../../src/contract/rest/approval.ts";
import { asking, enforce, person } from "../handshake-site.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { openNotes } from "./notes.ts";
import { LEGACY, MODERN } from "./site.ts";

verifies("mcp:handshake");

test.for([MODERN, LEGACY] as const)(
  "%s: a call of high risk waits for another person, whose yes in the console releases it",
  async (revision) => {
    using directory = scratch();
    const { publicKey, privateKey } = await generateKeyPair("EdDSA");
    const jwks = join(directory.path, "jwks.json");
    writeFileSync(
      jwks,
      JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k", alg: "EdDSA" }] }),
    );
    const env = {
      AIF_RUNTIME_JWKS: jwks,
      AIF_RUNTIME_JWT_ISSUER: "https://issuer.test",
      AIF_RUNTIME_JWT_AUDIENCE: "airun",
    };
    await using site = await openNotes({ env });
    await enforce(site.runtime, { policies: asking() });
    const { governance } = site.control.station.chain;
    const [admin = ""] = governance.state().principals.keys();
    await governance.register(person(admin), { name: "bob", person: "bob", roles: ["approver"] });
    const tokenOf = (sub: string, roles: readonly string[], agent?: string) =>
      new SignJWT({ sub, roles, ...(agent === undefined ? {} : { act: { sub: agent } }) })
        .setProtectedHeader({ alg: "EdDSA", kid: "k" })
        .setIssuer("https://issuer.test")
        .setAudience("airun")
        .setExpirationTime("5m")
        .sign(privateKey);
    const answer = async (approval: string, who: string) => {
      const headers = {
        authorization: `Bearer ${await tokenOf(who, ["approver"])}`,
        "content-type": "application/json",
      };
      const path = `/v1/approvals/${approval}`;
      const shown = Approval.parse(await (await site.send({ method: "GET", path, headers })).json());
      const body = JSON.stringify({ digest: shown.digest, reason: "looked at it" });
      return (await site.send({ method: "POST", path: `${path}/approve`, headers, body })).status;
    };

    const token = await tokenOf("ann", ["operator"], "ann-bot");
    const client = await site.connect({
      revision,
      token,
      capabilities: { elicitation: { form: {}, url: {} } },
    });
    const pages: string[] = [];
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      if (!("url" in params)) return { action: "accept", content: { confirm: true } };
      pages.push(params.url);
      const approval = params.url.slice(params.url.lastIndexOf("/") + 1);
      // In whose name it runs cannot release it; who has the role can, while the client waits.
      expect(await answer(approval, "ann")).toBe(403);
      setTimeout(() => void answer(approval, "bob"), 50);
      return { action: "accept" };
    });
    const path = "high.txt";
    const result = await client.callTool({ name: "high_note", arguments: { path, text: "x" } });
    expect(pages).toHaveLength(1);
    expect(result.isError ?? false).toBe(false);
    expect(existsSync(join(site.workspace, path))).toBe(true);
  },
);
