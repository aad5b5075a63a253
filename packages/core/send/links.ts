import type { MailingList, Pusher, PushLinks, Sender } from '@carillon/contract'
import { linkBase, type SentLink, type UnsubscribeLinks } from '@carillon/unsubscribe'
import type { MessageCategory } from './preferences.ts'

interface LinkedPush {
  app: number
  /** Null: the pusher was removed. */
  pusher: Pusher | null
  category: MessageCategory | undefined
}

/** The links of a push; undefined if its pusher was removed. */
export type LinksOf = (push: LinkedPush, sender: Pick<Sender, 'name' | 'sendsTo'>) => PushLinks | undefined

/** @param publicUrl `PUBLIC_URL` */
export function linksWith(publicUrl: string, { sign }: Pick<UnsubscribeLinks, 'sign'>): LinksOf {
  const base = linkBase(publicUrl)
  const { hostname } = new URL(publicUrl)
  const urlOf = (link: SentLink) => base + sign(link)
  return ({ app, pusher, category }, { name: sender, sendsTo }) => {
    if (!pusher) return undefined
    const address = sendsTo ? pusher[sendsTo] : ''
    const list = category && !category.required ? { ...category, hostname } : undefined
    return new SignedLinks({ app, pusher: pusher.id, sender, address }, list, urlOf)
  }
}

/** A category that can be switched off. */
interface ListedCategory extends Pick<MessageCategory, 'name' | 'title'> {
  /** Of `PUBLIC_URL`. */
  hostname: string
}

/** Signs each link once, when it is first read: most messages contain none. */
class SignedLinks implements PushLinks {
  readonly #link: Omit<SentLink, 'category'>
  readonly #category: ListedCategory | undefined
  readonly #urlOf: (link: SentLink) => string
  #preferences: string | undefined
  #unsubscribe: string | undefined

  constructor(
    link: Omit<SentLink, 'category'>,
    category: ListedCategory | undefined,
    urlOf: (link: SentLink) => string,
  ) {
    this.#link = link
    this.#category = category
    this.#urlOf = urlOf
  }

  get preferences(): string {
    return (this.#preferences ??= this.#urlOf({ ...this.#link, category: null }))
  }

  get unsubscribe(): string {
    if (!this.#category) return this.preferences
    return (this.#unsubscribe ??= this.#urlOf({ ...this.#link, category: this.#category.name }))
  }

  get list(): MailingList | undefined {
    return this.#category && { id: listId(this.#category, this.#link.app), title: this.#category.title }
  }
}

/** Links that look like those of a push and open nothing: others than the pusher see a preview. */
export function exampleLinks(publicUrl: string | undefined): PushLinks | undefined {
  if (publicUrl === undefined) return undefined
  const example = `${linkBase(publicUrl)}example`
  return { preferences: example, unsubscribe: example, list: undefined }
}

/** The default of `APP_ID`. */
const FIRST_APP = 1
/** Octets: RFC 2919, section 3. */
const LONGEST_LIST_ID = 255

/**
 * The name of a category below the host, such as `news.example.com`. It has no empty labels and is in lower case, since list ids are
 * compared without regard to case (RFC 2919). Each app but the first has a label of its own, so that lists of two apps differ.
 */
function listId({ name, hostname }: ListedCategory, app: number): string {
  const host = hostname.replaceAll(/[^A-Za-z0-9.-]/g, '-') // of an IPv6 address
  const id = [name, ...(app === FIRST_APP ? [] : [`app-${app}`]), host].join('.').slice(-LONGEST_LIST_ID)
  return id.toLowerCase().split('.').filter(Boolean).join('.')
}
