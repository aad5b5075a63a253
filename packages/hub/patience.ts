/** Milliseconds: a Redis that came back empty holds everyone again only when each process had its beat: none has gone before that. */
export const PATIENCE_MS = 4000
