import { refused } from "./frames.ts";
import type { OpenStream } from "./doors.ts";

export type Streams = {
  readonly open: OpenStream;
  /** What was asked for arrived. @throws OUTPUT_INVALID where nothing was asked for */
  readonly give: (stream: number, piece: Buffer, isLast: boolean) => void;
  /** It cannot arrive. @throws OUTPUT_INVALID where nothing was asked for */
  readonly break: (stream: number, error: Error) => void;
  /** Nothing arrives any more. */
  readonly close: (error: Error) => void;
};

type Piece = { readonly piece: Buffer; readonly isLast: boolean };

/** Data that the child keeps, fetched one piece at a time, so that no more than one of each lies here. */
export function openStreams(pull: (stream: number) => void): Streams {
  const asked = new Map<number, PromiseWithResolvers<Piece>>();
  let closed: Error | undefined;

  const next = (stream: number): Promise<Piece> => {
    if (closed !== undefined) return Promise.reject(closed);
    if (asked.has(stream)) throw refused(`the data ${stream} for two files`);
    const piece = Promise.withResolvers<Piece>();
    asked.set(stream, piece);
    pull(stream);
    return piece.promise;
  };
  const take = (stream: number): PromiseWithResolvers<Piece> => {
    const found = asked.get(stream);
    if (found === undefined) throw refused("data that nobody asked for");
    asked.delete(stream);
    return found;
  };

  return {
    async *open(stream) {
      for (;;) {
        const { piece, isLast } = await next(stream);
        if (piece.length > 0) yield piece;
        if (isLast) return;
      }
    },
    give: (stream, piece, isLast) => take(stream).resolve({ piece, isLast }),
    break: (stream, error) => take(stream).reject(error),
    close(error) {
      closed = error;
      for (const { reject } of asked.values()) reject(error);
      asked.clear();
    },
  };
}
