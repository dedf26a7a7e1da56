import { QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";

import { useAddress } from "./address.ts";
import { Boundary } from "./frame/boundary.tsx";
import { Frame } from "./frame/frame.tsx";
import { SignIn } from "./frame/sign-in.tsx";
import { followLedger } from "./rest/events.ts";
import { createClient, createRefresher } from "./rest/use-rest.ts";
import { useSession } from "./session.ts";
import { viewAt } from "./views.tsx";

export function App(): ReactNode {
  const { token } = useSession();
  // Whoever signs in next sees nothing of what another token let through.
  return token === null ? <SignIn /> : <SignedIn key={token} />;
}

function SignedIn(): ReactNode {
  const [client] = useState(createClient);
  return (
    <QueryClientProvider client={client}>
      <Live />
      <Frame>
        <View />
      </Frame>
    </QueryClientProvider>
  );
}

function View(): ReactNode {
  const { path } = useAddress();
  return <Boundary key={path.join("/")}>{viewAt(path)}</Boundary>;
}

/** Keeps what is shown as new as the ledger is. */
function Live(): ReactNode {
  const client = useQueryClient();
  useEffect(
    () => followLedger({ onOpen: () => void client.invalidateQueries(), onEntry: createRefresher(client) }),
    [client],
  );
  return null;
}
