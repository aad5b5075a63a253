import { type Backplane, type Roster, rosterTopic, UnreadableMessage } from '@carillon/contract'
import { RESYNC_DELAY_MS } from './presence.ts'
import { groupOfUsers } from './users.ts'

export interface WatchesDeps {
  backplane: Backplane
  roster: Roster
  report(error: unknown): void
}

type Changed = (here: boolean) => void

/** A user that is watched in this process. */
interface Watched {
  app: number
  user: string
  watchers: Set<Changed>
}

/** Which connections are notified when users come and go. */
export class Watches {
  readonly #deps: WatchesDeps
  readonly #watched = new Map<string, Watched>()
  /** Users about whom a message may have been missed. */
  readonly #missed = new Set<Watched>()

  constructor(deps: WatchesDeps) {
    this.#deps = deps
  }

  /**
   * Hears when a user's first connection comes or the last one goes; after a break in which that may have been
   * missed, how it is. @returns what ends the watch
   */
  async watch(app: number, user: string, changed: Changed): Promise<() => Promise<void>> {
    const topic = rosterTopic(groupOfUsers(app), user)
    const watched = this.#watched.get(topic) ?? { app, user, watchers: new Set() }
    this.#watched.set(topic, watched)
    watched.watchers.add(changed)
    const stop = async () => {
      if (!watched.watchers.delete(changed) || watched.watchers.size > 0) return
      this.#watched.delete(topic)
      await this.#deps.backplane.unsubscribe(topic)
    }
    const heard = (message: string) => {
      if (message !== '1' && message !== '0') throw new UnreadableMessage('roster', 'shape')
      tell(watched, message === '1')
    }
    await this.#deps.backplane
      .subscribe(topic, heard, () => this.#lookLater(watched))
      .catch(async (error: unknown) => {
        await stop()
        throw error
      })
    return stop
  }

  #lookLater(watched: Watched): void {
    if (this.#missed.size === 0) setTimeout(() => void this.#look().catch(this.#deps.report), RESYNC_DELAY_MS).unref()
    this.#missed.add(watched)
  }

  async #look(): Promise<void> {
    const byApp = Map.groupBy(this.#missed, ({ app }) => app)
    this.#missed.clear()
    for (const [app, some] of byApp) {
      const counts = await this.#deps.roster.counts(
        groupOfUsers(app),
        some.map(({ user }) => user),
      )
      for (const [at, watched] of some.entries()) tell(watched, counts[at]! > 0)
    }
  }
}

function tell({ watchers }: Watched, here: boolean): void {
  for (const watcher of watchers) watcher(here)
}
