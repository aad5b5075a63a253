/** How long a token may live, in seconds. */
export const Days30 = 30 * 86_400
export const Weeks1 = 7 * 86_400
export const Hours24 = 86_400
export const Hours2 = 7200
export const Hours1 = 3600
