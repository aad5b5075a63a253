import { errorStack, type Logger, type OnFault, UnreadableMessage } from '@carillon/contract'

/** What a handler threw is a mistake of ours, whichever message it was of. */
const HANDLER = 'handler'

/** Counts each message that was dropped, and logs each kind of trouble once: a peer that is too new repeats itself. */
export function faultListener(log: Logger, count: (kind: string) => void): OnFault {
  const told = new Set<string>()
  const isFirst = (what: string) => !told.has(what) && told.add(what)
  return (error) => {
    if (error instanceof UnreadableMessage) {
      const { kind, reason } = error
      count(kind)
      if (isFirst(`${kind} ${reason}`)) log.warn({ kind, reason }, UNREADABLE)
      return
    }
    const stack = errorStack(error)
    count(HANDLER)
    if (isFirst(stack)) log.error({ stack }, 'a message of another process could not be followed; it was dropped')
  }
}

const UNREADABLE =
  'a message of another process cannot be read; it was dropped, and further ones of this kind are only counted. ' +
  'Does every process run the same version?'
