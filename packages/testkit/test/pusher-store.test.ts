import {
  CarillonError,
  type ListOptions,
  type PageOptions,
  type Pusher,
  type PusherChange,
  type PusherStore,
} from '@carillon/contract'
import { exercisePusherStore } from '@carillon/testkit'

exercisePusherStore(async () => new MemoryPusherStore())

interface Row {
  key: number
  app: number
  pusher: Pusher
}

/** The least that passes: it shows that the suite asks for no more than the contract does. */
class MemoryPusherStore implements PusherStore {
  #rows: Row[] = []
  #lastKey = 0

  async getMany(app: number, ids: string[]) {
    return this.#of(app)
      .filter(({ id }) => ids.includes(id))
      .map((pusher) => structuredClone(pusher))
  }

  async set(app: number, id: string, change: PusherChange, create: boolean) {
    const row = this.#rows.find((each) => each.app === app && each.pusher.id === id) ?? (create && this.#add(app, id))
    if (row) row.pusher = changed(row.pusher, change)
    return Boolean(row)
  }

  async delete(app: number, id: string) {
    const before = this.#rows.length
    this.#rows = this.#rows.filter((row) => row.app !== app || row.pusher.id !== id)
    return this.#rows.length < before
  }

  async list(app: number, options: ListOptions) {
    return part(this.#of(app), options)
  }

  async search(app: number, query: string, options: ListOptions) {
    if (query.startsWith('"')) throw new CarillonError('bad_query', 'The phrase at 1 is never closed')
    const terms = query.toLowerCase().split(' ')
    return part(
      this.#of(app).filter((pusher) => terms.some((term) => matches(pusher, term))),
      options,
    )
  }

  async page(app: number, { sender, tag, cursor, limit }: PageOptions) {
    const [after = 0, last = this.#lastKey] = cursor ? cursor.split('-').map(Number) : []
    const rows = this.#rows
      .filter((row) => row.app === app && row.key > after && row.key <= last)
      .filter(({ pusher }) => pusher.senders.includes(sender) && (tag === '' || pusher.tags.includes(tag)))
      .slice(0, limit)
    return { pushers: rows.map((row) => row.pusher), next: rows.length < limit ? null : `${rows.at(-1)?.key}-${last}` }
  }

  #of(app: number): Pusher[] {
    return this.#rows.filter((row) => row.app === app).map((row) => row.pusher)
  }

  #add(app: number, id: string): Row {
    const empty = {
      email: '',
      nickname: '',
      phoneNumber: '',
      senders: [],
      tags: [],
      timezone: '',
      locale: '',
      attributes: {},
      quietHours: null,
    }
    const row = { key: ++this.#lastKey, app, pusher: { id, ...empty, createdAt: Math.floor(Date.now() / 1000) } }
    this.#rows.push(row)
    return row
  }
}

function changed(pusher: Pusher, { fields, addSenders, removeSenders, addTags, removeTags }: PusherChange): Pusher {
  const senders = renamed(pusher.senders, addSenders, removeSenders)
  return { ...pusher, ...fields, senders, tags: renamed(pusher.tags, addTags, removeTags) }
}

function renamed(names: string[], add: string[] = [], remove: string[] = []): string[] {
  return [...new Set([...names, ...add])].filter((name) => !remove.includes(name))
}

function part(pushers: Pusher[], { from, size, after }: ListOptions) {
  const sorted = pushers.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
  const start = after === undefined ? from : sorted.findIndex(({ id }) => id === after) + 1
  return { pushers: sorted.slice(start, start + size), total: sorted.length }
}

function matches(pusher: Pusher, term: string): boolean {
  const [field, value] = term.includes(':') ? term.split(':') : [undefined, term]
  const { id, email, nickname, senders, tags } = pusher
  const texts = Object.entries({ id, email, nickname, senders, tags }).filter(
    ([name]) => field === undefined || name === field,
  )
  return texts.some(([, content]) =>
    [content]
      .flat()
      .join(' ')
      .toLowerCase()
      .split(/[ @]/)
      .includes(value ?? ''),
  )
}
