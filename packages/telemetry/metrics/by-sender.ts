/** Names of senders come from callers, and each makes a time series that is kept for ever: beyond these they share one. */
const MOST_SENDERS = 200
const OTHER_SENDERS = '(other)'

/** The child of a metric for a sender and one more label, found without sorting labels each time. */
export function bySender<Child>(
  make: (sender: string, label: string) => Child,
): (sender: string, label?: string) => Child {
  const known = new Map<string, Map<string, Child>>()
  return (sender, label = '') => {
    const name = known.has(sender) || known.size < MOST_SENDERS ? sender : OTHER_SENDERS
    const children = known.get(name) ?? new Map<string, Child>()
    known.set(name, children)
    const child = children.get(label) ?? make(name, label)
    children.set(label, child)
    return child
  }
}
