import { serial, within } from '@carillon/async'
import {
  type CountedOutcome,
  errorCode,
  type Logger,
  type MinuteCount,
  type ObservedOutcome,
  type Observer,
} from '@carillon/contract'

const WRITE_MS = 5000
/** A process that stops does not wait longer for a database that does not answer. */
const LAST_WRITE_MS = 2000
/** Names of senders come from callers; what is beyond this many counts of a few seconds is counted together. */
const MOST_COUNTS = 5000
const OTHER_SENDERS = '(other)'

interface MinuteCountsDeps {
  write(counts: MinuteCount[]): Promise<void>
  log: Logger
}

interface MinuteCounts {
  observer: Observer
  /** Writes what is not written yet, if the database answers within 2 s. */
  close(): Promise<void>
}

/** Counts outcomes in this process, and writes the counts every few seconds: pushes cost no statement of their own. */
export function countMinutes({ write, log }: MinuteCountsDeps): MinuteCounts {
  let counts = new Map<string, MinuteCount>()
  const inTurn = serial()

  function add(app: number, sender: string, outcome: CountedOutcome, by = 1, minute = thisMinute()): void {
    const key = `${app} ${minute} ${outcome} ${sender}`
    const known = counts.get(key)
    if (known) known.count += by
    else if (counts.size < MOST_COUNTS || sender === OTHER_SENDERS)
      counts.set(key, { app, sender, outcome, minute, count: by })
    else add(app, OTHER_SENDERS, outcome, by, minute)
  }

  async function writeAll(): Promise<void> {
    const taken = [...counts.values()]
    counts = new Map()
    try {
      if (taken.length > 0) await write(taken)
    } catch (error) {
      log.debug({ error: errorCode(error) }, 'the counts of outcomes could not be written; retrying')
      for (const { app, sender, outcome, count, minute } of taken) add(app, sender, outcome, count, minute)
    }
  }

  const writeNext = () => inTurn(writeAll)
  const timer = setInterval(() => void writeNext(), WRITE_MS).unref()
  return {
    observer: {
      accepted: ({ app, sender }) => add(app, sender, 'accepted'),
      tried({ app, sender, outcome }) {
        if (isCounted(outcome)) add(app, sender, outcome)
      },
      broadcastAccepted() {},
      cancelled() {},
      replayed() {},
      called() {},
      batch() {},
    },
    async close() {
      clearInterval(timer)
      await within(LAST_WRITE_MS, writeNext(), () => new Error('The database does not answer.')).catch(() => {})
    },
  }
}

/** A push that was not tried, or that another worker has, has no outcome yet. */
function isCounted(outcome: ObservedOutcome): outcome is Exclude<ObservedOutcome, 'returned' | 'lost'> {
  return outcome !== 'returned' && outcome !== 'lost'
}

function thisMinute(): number {
  return Math.floor(Date.now() / 60_000) * 60
}
