/** Milliseconds within which a member may reconnect without counting as gone. */
export const DEBOUNCE_MS = 3000

/** A member of a group as one word. Groups hold no control characters. */
export function memberKey(group: string, member: string): string {
  return `${group}\0${member}`
}

export function fromMemberKey(key: string): { group: string; member: string } {
  const cut = key.indexOf('\0')
  return { group: key.slice(0, cut), member: key.slice(cut + 1) }
}
