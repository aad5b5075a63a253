import type { Logger, ObservedOutcome, Observer } from '@carillon/contract'

/**
 * What goes as it should is told at `debug`: at thousands of pushes a second a line for each would be the most work
 * of all. What takes another try is `info`, what ends without having been sent or needs a look `warn`.
 */
const LEVEL = {
  sent: 'debug',
  skipped: 'debug',
  returned: 'debug',
  later: 'info',
  failed: 'info',
  lost: 'warn',
  dead: 'warn',
} as const satisfies Record<ObservedOutcome, keyof Logger>

const SAID: Record<ObservedOutcome, string> = {
  sent: 'push sent',
  skipped: 'push skipped: the pusher has no address for this sender',
  returned: 'push not sent yet: it waits again',
  later: 'push put off by its sender',
  failed: 'push failed; it will be tried again, and its history says why',
  lost: 'push was taken over by another worker, or its pusher was removed, meanwhile',
  dead: 'push ended dead; its history says why',
}

/**
 * The life of each push as log lines. A reason is not in them: providers quote addresses in theirs. It is in the
 * push's history.
 */
export function logObserver(log: Logger): Observer {
  return {
    accepted: (push) => log.debug(push, 'push accepted'),
    broadcastAccepted: (broadcast) => log.info(broadcast, 'broadcast accepted'),
    tried: (push) => log[LEVEL[push.outcome]](push, SAID[push.outcome]),
    cancelled: (push) => log.info(push, 'push cancelled'),
    replayed: (push) => log.info(push, 'push replayed'),
    called() {},
    batch() {},
  }
}
