import { type Backplane, messageFormat } from '@carillon/contract'
import * as z from 'zod'

/** A copy of a message for somebody who looks on. */
type OnCopy = (member: string, text: string) => void

const WATCHED = messageFormat('watched group', z.object({ group: z.string().min(1) }))
const COPY = messageFormat('copied message', z.object({ member: z.string(), text: z.string() }))

/** The topic on which processes announce the groups that they watch. */
const ANNOUNCEMENTS = 'watched-groups'
/** Milliseconds between two announcements of a group. A process that starts in between learns of it by the next one. */
const ANNOUNCE_MS = 2000
/** Milliseconds after an announcement for which messages are copied. */
const WATCHED_MS = 3 * ANNOUNCE_MS

/** A group that is watched in this process. */
interface Watch {
  listeners: Set<OnCopy>
  announcing?: NodeJS.Timeout
  opened?: Promise<void>
}

/**
 * Lets operators see messages as they pass, whichever process sends them. Processes copy the messages of a group only while
 * somebody watches it, so that they cost nothing else. A group is one of the roster's, such as the channels of an app, and its
 * members are those to whom the messages go.
 *
 * Redis could match topics by a pattern instead, but its access control refuses a pattern that is not granted to the letter.
 */
export class EventTap {
  readonly #backplane: Backplane
  /** When the copying of each group ends, by `performance.now()`. */
  readonly #copiedUntil = new Map<string, number>()
  readonly #watches = new Map<string, Watch>()
  #isListening = false

  constructor(backplane: Backplane) {
    this.#backplane = backplane
    this.#listen()
  }

  /** Copies a message, if somebody watches its group. Losing a copy harms nobody. */
  copy(group: string, member: string, text: string): void {
    this.#listen()
    const until = this.#copiedUntil.get(group)
    if (until === undefined) return
    if (until < performance.now()) return void this.#copiedUntil.delete(group)
    void this.#backplane.publish(topicOf(group), COPY.write({ member, text })).catch(() => {})
  }

  /** Resolves once this process hears the messages of a group. @returns what ends the watch */
  async watch(group: string, listener: OnCopy): Promise<() => Promise<void>> {
    const watch: Watch = this.#watches.get(group) ?? { listeners: new Set() }
    this.#watches.set(group, watch)
    watch.listeners.add(listener)
    const stop = () => this.#stop(group, watch, listener)
    try {
      await (watch.opened ??= this.#open(group, watch))
    } catch (error) {
      await stop()
      throw error
    }
    return stop
  }

  async #open(group: string, watch: Watch): Promise<void> {
    await this.#backplane.subscribe(topicOf(group), (message) => {
      const { member, text } = COPY.read(message)
      for (const listener of watch.listeners) listener(member, text)
    })
    const announce = () => this.#backplane.publish(ANNOUNCEMENTS, WATCHED.write({ group })).catch(() => {})
    await announce()
    watch.announcing = setInterval(() => void announce(), ANNOUNCE_MS).unref()
  }

  async #stop(group: string, watch: Watch, listener: OnCopy): Promise<void> {
    if (!watch.listeners.delete(listener) || watch.listeners.size > 0) return
    clearInterval(watch.announcing)
    this.#watches.delete(group)
    await this.#backplane.unsubscribe(topicOf(group))
  }

  /** Where Redis is away, the next message tries again. */
  #listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    const heard = (message: string) => {
      this.#copiedUntil.set(WATCHED.read(message).group, performance.now() + WATCHED_MS)
    }
    void this.#backplane.subscribe(ANNOUNCEMENTS, heard).catch(() => {
      this.#isListening = false
    })
  }
}

function topicOf(group: string): string {
  return `copies:${group}`
}
