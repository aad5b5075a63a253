import type { Choice, ChoiceChange } from '@carillon/contract'
import { changePreferences } from '@carillon/core'
import { backTo, changing } from '../access/changes.ts'
import type { ConsoleDeps } from '../deps.ts'
import { below } from '../view/link.ts'
import { changeOf } from './pusher-changes.ts'
import { ALL_CATEGORIES, choiceField, choiceIn } from './pusher-preferences.ts'
import { pusherIn } from './pusher.ts'
import { PUSHERS } from './pushers.ts'

/** Changes what a pusher chose for one category, or for its senders. */
export function changeChoices(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const pusher = await pusherIn(c, deps)
    const before = await deps.preferences.find(c.get('app').id, pusher.id)
    const changes = changesIn(c.get('form'), before, pusher.senders)
    if (changes.length === 0) return backTo(c, below(PUSHERS, pusher.id), { notice: 'pusher-unchanged' })
    const change = changeOf(c, 'preference.change', async (app, id) => {
      await changePreferences(deps, app, id, changes)
      return { notice: 'preferences-changed' }
    })
    return { ...change, target: `${change.target}: ${changes.map(wordsOf).join(', ')}` }
  })
}

/** The choices that a form makes, without those that are made already. */
function changesIn(form: URLSearchParams, before: readonly Choice[], senders: readonly string[]): ChoiceChange[] {
  const category = form.get('category') === ALL_CATEGORIES ? null : (form.get('category') ?? '')
  const about = category === null ? senders : [null, ...senders]
  return about.flatMap((sender) => {
    const value = form.get(choiceField(sender))
    const isSame = value === (choiceIn(before, category, sender) ?? 'default')
    return isValue(value) && !isSame ? [{ category, sender, value }] : []
  })
}

function isValue(value: string | null): value is ChoiceChange['value'] {
  return value === 'on' || value === 'off' || value === 'default'
}

/** As the audit says it: `news off for sendsms`. */
function wordsOf({ category, sender, value }: ChoiceChange): string {
  const about = category ?? 'all categories'
  return sender === null ? `${about} ${value}` : `${about} ${value} for ${sender}`
}
