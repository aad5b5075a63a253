import {
  errorStack,
  type Logger,
  type ObservedOutcome,
  type Observer,
  type OnFault,
  UnreadableMessage,
} from '@carillon/contract'

/**
 * Normal outcomes are logged at `debug`: at thousands of pushes a second, a line for each would be most of the work.
 * A push that is tried again is logged at `info`. One that ends without having been sent, or needs attention, at `warn`.
 */
const LEVEL = {
  sent: 'debug',
  skipped: 'debug',
  deferred: 'debug',
  returned: 'debug',
  later: 'info',
  failed: 'info',
  lost: 'warn',
  dead: 'warn',
} as const satisfies Record<ObservedOutcome, keyof Logger>

const MESSAGES: Record<ObservedOutcome, string> = {
  sent: 'push sent',
  skipped: 'push skipped: the pusher has switched off its category, or has no address for this sender',
  deferred: "push deferred to the end of its pusher's quiet hours",
  returned: 'push not sent yet; it waits for a later attempt',
  later: 'push postponed by its sender',
  failed: 'push failed and will be retried; its history shows why',
  lost: 'push was claimed by another worker, or its pusher was removed, in the meantime',
  dead: 'push is dead; its history shows why',
}

/**
 * Logs the life of each push. The lines have no reasons, because providers quote addresses in theirs; the push's history
 * has them.
 */
export function logObserver(log: Logger): Observer {
  return {
    accepted: (push) => log.debug(push, 'push accepted'),
    broadcastAccepted: (broadcast) => log.info(broadcast, 'broadcast accepted'),
    tried: (push) => log[LEVEL[push.outcome]](push, MESSAGES[push.outcome]),
    cancelled: (push) => log.info(push, 'push cancelled'),
    replayed: (push) => log.info(push, 'push replayed'),
    called() {},
    batch() {},
  }
}

/** One observer that passes each event to all of these. */
export function everyObserver(observers: readonly Observer[]): Observer {
  return {
    accepted(push) {
      for (const observer of observers) observer.accepted(push)
    },
    broadcastAccepted(broadcast) {
      for (const observer of observers) observer.broadcastAccepted(broadcast)
    },
    tried(push) {
      for (const observer of observers) observer.tried(push)
    },
    cancelled(push) {
      for (const observer of observers) observer.cancelled(push)
    },
    replayed(push) {
      for (const observer of observers) observer.replayed(push)
    },
    called(call) {
      for (const observer of observers) observer.called(call)
    },
    batch(name, size) {
      for (const observer of observers) observer.batch(name, size)
    },
  }
}

/** The kind of a fault in a handler, whatever message it handled: that is a bug of Carillon. */
const HANDLER = 'handler'

/** Counts each message that was dropped, and logs each kind of fault once: a newer peer repeats the same one. */
export function faultListener(log: Logger, count: (kind: string) => void): OnFault {
  const logged = new Set<string>()
  const isFirst = (what: string) => !logged.has(what) && logged.add(what)
  return (error) => {
    if (error instanceof UnreadableMessage) {
      const { kind, reason } = error
      count(kind)
      if (isFirst(`${kind} ${reason}`)) log.warn({ kind, reason }, UNREADABLE)
      return
    }
    const stack = errorStack(error)
    count(HANDLER)
    if (isFirst(stack)) log.error({ stack }, 'a message from another process could not be handled and was dropped')
  }
}

const UNREADABLE =
  'a message from another process could not be read and was dropped; further ones of this kind are only counted. ' +
  'Check that all processes run the same version.'
