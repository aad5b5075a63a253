import type { Category, Choice, ChoiceChange, Pusher } from '@carillon/contract'
import { nullIf } from './errors.ts'
import { type ApiCall, path } from './request.ts'

/** A change of what a pusher chose: for a category, for a sender, or for a category through a sender. */
export type PreferenceChange = Pick<ChoiceChange, 'value'> & { category?: string; sender?: string }

/** What a pusher chose, and the categories there are. `updatePusher` changes the quiet hours and the time zone. */
export interface PusherPreferences extends Pick<Pusher, 'timezone'> {
  choices: Choice[]
  categories: Category[]
  /** Null: those of the app. */
  quietHours: NonNullable<Pusher['quietHours']> | null
}

export interface AudienceCalls {
  /** All, by name. */
  getCategories(): Promise<Category[]>
  /** Null when there is none. */
  getCategory(name: string): Promise<Category | null>
  /** Adds a category, or replaces the one with that name. */
  putCategory(name: string, fields?: Partial<Omit<Category, 'name'>>): Promise<Category>
  /** What pushers chose for it is kept. @throws ApiError `category_not_found`. */
  removeCategory(name: string): Promise<void>
  /** @throws ApiError `pusher_not_found`. */
  getPreferences(pusher: string): Promise<PusherPreferences>
  /**
   * Changes these choices and leaves the others.
   * @throws ApiError `pusher_not_found`, `category_not_found`, or `invalid_field` for a required category
   */
  setPreferences(pusher: string, choices: readonly PreferenceChange[]): Promise<PusherPreferences>
  /**
   * The link that a message to the pusher has, on which it unsubscribes from the category, or chooses what it gets.
   * @throws ApiError `pusher_not_found`, `category_not_found`, or `conflict` if the server has no `PUBLIC_URL`
   */
  makeUnsubscribeLink(pusher: string, sender: string, link?: { category?: string }): Promise<string>
}

/** The calls about what messages are about, and what pushers chose. */
export function audienceCalls(call: ApiCall): AudienceCalls {
  return {
    async getCategories() {
      return (await call<{ categories: Category[] }>('GET', '/v1/categories')).categories
    },
    async getCategory(name) {
      return call<{ category: Category }>('GET', path`/v1/categories/${name}`).then(
        ({ category }) => category,
        nullIf('category_not_found'),
      )
    },
    async putCategory(name, fields) {
      const content = { form: { ...fields } }
      return (await call<{ category: Category }>('PUT', path`/v1/categories/${name}`, content)).category
    },
    async removeCategory(name) {
      await call('DELETE', path`/v1/categories/${name}`)
    },
    async getPreferences(pusher) {
      return call<PusherPreferences>('GET', path`/v1/pushers/${pusher}/preferences`)
    },
    async setPreferences(pusher, choices) {
      return call<PusherPreferences>('PUT', path`/v1/pushers/${pusher}/preferences`, { json: { choices } })
    },
    async makeUnsubscribeLink(pusher, sender, { category } = {}) {
      const content = { form: { sender, category } }
      return (await call<{ url: string }>('POST', path`/v1/pushers/${pusher}/unsubscribe-link`, content)).url
    },
  }
}
