import { Component, type ReactNode } from "react";

import { Failed } from "../parts/states.tsx";

type Props = { readonly children: ReactNode };
type State = { readonly error: Error | null };

/** A view that cannot be shown says so in its place; without this React would take the whole page away. */
export class Boundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(thrown: unknown): State {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <Failed error={error} onRetry={() => this.setState({ error: null })} />;
  }
}
