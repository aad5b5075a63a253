/** Why a connection ends: a code, which is 4000 more than HTTP's, and a sentence. */
export interface Ending {
  code: number
  reason: string
}

/** Whoever is ended with 4400 to 4499 need not come back with the same token; all others may, after a while. */
export const endings = {
  badPath: { code: 4400, reason: 'Connect to /session/{sessionId}?token=…' },
  refused: (reason: string): Ending => ({ code: 4403, reason }),
  tlsOnly: { code: 4403, reason: 'This app takes connections over TLS only.' },
  disabledApp: { code: 4403, reason: 'This app is disabled.' },
  badOrigin: { code: 4403, reason: 'Pages of this origin may not connect to this app.' },
  forced: { code: 4403, reason: 'This connection was ended by a moderator or by the application.' },
  noSession: { code: 4404, reason: 'There is no such session.' },
  full: { code: 4503, reason: 'This session, or its app, has as many connections as it may have.' },
  tooFast: { code: 4503, reason: 'Too many messages wait to be handled; connect again.' },
  outOfReach: { code: 4503, reason: 'Something this server needs cannot be reached; connect again.' },
} as const
