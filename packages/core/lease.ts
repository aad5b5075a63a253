/** Seconds for which a push that was taken is nobody else's; renewed until its outcome is recorded. */
export const LEASE_S = 15
