import type { Category, ChoiceChange, Pusher } from '@carillon/contract'
import { changePreferences } from '@carillon/core'
import type { UnsubscribeLink } from '@carillon/unsubscribe'
import type { ApiDeps } from '../deps.ts'
import { choosing, possible, resubscribing, switchingAllOff, undoing, unsubscribing } from './choices.ts'
import { boxOf, type Wish } from './form.ts'
import type { Done, PageContent } from './page.ts'

export type FulfilDeps = Pick<ApiDeps, 'categories' | 'preferences'>

/** Does what somebody wishes. @returns what holds then */
export async function fulfil(
  deps: FulfilDeps,
  link: UnsubscribeLink,
  pusher: Pusher,
  wish: Wish | undefined,
): Promise<Omit<PageContent, 'texts' | 'from' | 'address'>> {
  const { app, sender } = link
  const categories = await deps.categories.list(app)
  const preferences = await deps.preferences.find(app, pusher.id)
  const category = link.category === null ? null : categoryOf(link.category, categories)
  const senders = [...new Set([sender, ...pusher.senders])]
  const now = { categories, category, senders }
  if (!wish || (wish.action === 'unsubscribe' && category?.required)) return { ...now, preferences }
  const known = { ...now, link, preferences }
  const changes = changesFor(wish, known)
  await change(deps, known, changes, mostFor(wish))
  const undo = wish.action === 'restore' ? [] : undoing(changes, preferences)
  return { ...now, preferences: await deps.preferences.find(app, pusher.id), done: DONE[wish.action], undo }
}

/**
 * Nobody who unsubscribes is refused because of the number of choices. Categories and senders limit what the page can choose, but
 * not what a form asks to restore.
 */
function mostFor({ action }: Wish): number | undefined {
  return action === 'restore' ? undefined : Infinity
}

const DONE: Record<Wish['action'], Done> = {
  unsubscribe: 'unsubscribed',
  resubscribe: 'resubscribed',
  allOff: 'allOff',
  save: 'saved',
  restore: 'undone',
}

interface Known extends Pick<PageContent, 'categories' | 'preferences' | 'category' | 'senders'> {
  link: UnsubscribeLink
}

function changesFor(wish: Wish, { link, ...known }: Known): ChoiceChange[] {
  const { categories, preferences, category, senders } = known
  switch (wish.action) {
    case 'unsubscribe':
      return unsubscribing(link, known)
    case 'resubscribe':
      return category ? resubscribing(category, link.sender, preferences) : []
    case 'allOff':
      return switchingAllOff(senders, known)
    case 'restore':
      return possible(wish.choices, categories)
    case 'save':
      return saving(wish, known)
  }
}

/** Of what the page has shown, since categories may have been added, removed or made required meanwhile. */
function saving(wish: Wish & { action: 'save' }, { categories, preferences, senders }: Omit<Known, 'link'>) {
  const shown = senders.filter((sender) => wish.senders.includes(sender))
  return categories
    .filter(({ name, required }) => !required && wish.categories.includes(name))
    .flatMap((category) => {
      const wanted = new Map(shown.map((sender) => [sender, wish.on.has(boxOf(category.name, sender))]))
      return choosing(category, wanted, preferences)
    })
}

/**
 * A category may have been removed since the message was sent. To switch it off still counts, for pushes that wait, and if
 * it is added again. `changePreferences` lets nobody choose one that does not exist.
 */
async function change(
  deps: FulfilDeps,
  { link, categories }: Known,
  changes: ChoiceChange[],
  most: number | undefined,
): Promise<void> {
  if (changes.length === 0) return
  const { app, pusher, category } = link
  const isRemoved = category !== null && !categories.some(({ name }) => name === category)
  const own = changes.some((one) => one.category === category && one.value === 'off')
  if (isRemoved && own) await deps.preferences.change(app, pusher, changes, most)
  else await changePreferences(deps, app, pusher, changes, most)
}

function categoryOf(name: string, categories: readonly Category[]): Category {
  const removed = { name, title: name, description: '', required: false, default: {} }
  return categories.find((category) => category.name === name) ?? removed
}
