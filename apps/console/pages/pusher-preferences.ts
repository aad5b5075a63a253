import { type Category, type Choice, decidePreference, type PreferenceRule, type Pusher } from '@carillon/contract'
import { html, raw } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { hiddenField, hiddenToken, selectField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { stateOfSwitch } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { PUSHERS } from './pushers.ts'

/** The row of choices that are for a sender, whatever the category. No category is called so. */
export const ALL_CATEGORIES = '*'

interface PreferencesOfPusher {
  pusher: Pusher
  /** All of the app. */
  categories: readonly Category[]
  choices: readonly Choice[]
  /** The name of the category whose choices can be changed, or `ALL_CATEGORIES`. */
  chosen: string | undefined
}

/** Whether the pusher gets each category through each of its senders, and by which rule. Empty if there are no categories. */
export function preferencesOf(c: ConsoleContext, shown: PreferencesOfPusher): Html | '' {
  const { pusher, categories } = shown
  if (categories.length === 0) return ''
  const rows = [...categories, null]
  return html`<section aria-labelledby="preferences">
    <h2 id="preferences">Preferences</h2>
    ${
      pusher.senders.length > 0
        ? html`<div
              class="sideways"
              ${pusher.senders.length > MANY ? raw('tabindex="0" role="region" aria-label="Preferences"') : ''}
            >
              ${table('Preferences', columnsFor(c, shown), rows)}
            </div>
            ${ofRemoved(shown)} ${choiceForm(c, shown)}`
        : html`<p class="quiet small">The pusher has no sender that it could switch off.</p>`
    }
  </section>`
}

/** Senders that may have no room beside each other, so that the table can be scrolled. */
const MANY = 4

/** A row is a category, or null for the choices that are for a sender alone. */
type Row = Category | null

function columnsFor(c: ConsoleContext, shown: PreferencesOfPusher): Column<Row>[] {
  return [
    { name: 'Category', kind: 'main', cell: (row) => categoryLink(c, shown, row) },
    ...shown.pusher.senders
      .toSorted()
      .map((sender): Column<Row> => ({ name: sender, cell: (row) => decision(shown, row, sender) })),
  ]
}

/** Leads to the choices, for those who may change them. A required category has none. */
function categoryLink(c: ConsoleContext, { pusher, chosen }: PreferencesOfPusher, row: Row): Html | string {
  const [name, title] = row ? [row.name, row.title] : [ALL_CATEGORIES, 'All categories']
  if (c.get('visitor').role !== 'admin' || row?.required) return title
  return html`<a
    href="${linkTo(c, below(PUSHERS, pusher.id), { preference: name })}#preference"
    ${name === chosen ? raw('aria-current="true"') : ''}
    >${title}</a
  >`
}

const rules: Readonly<Record<PreferenceRule, string>> = {
  required: 'required',
  categoryAndSender: 'category and sender',
  category: 'category',
  sender: 'sender',
  default: 'default',
  none: 'no\u00A0choice',
}

function decision({ choices }: PreferencesOfPusher, row: Row, sender: string): Html | '' {
  if (row === null) {
    const chosen = choiceIn(choices, null, sender)
    return chosen ? stateOfSwitch(chosen) : html`<span class="quiet">${rules.none}</span>`
  }
  const { value, rule } = decidePreference(row, sender, choices)
  return html`<span>${stateOfSwitch(value)} <span class="below">${rules[rule]}</span></span>`
}

/** What the pusher chose for exactly this. */
export function choiceIn(choices: readonly Choice[], category: string | null, sender: string | null) {
  return choices.find((one) => one.category === category && one.sender === sender)?.value
}

/** They are kept, because they hold for what was accepted before. */
function ofRemoved({ categories, choices }: PreferencesOfPusher): Html | '' {
  const known = new Set(categories.map(({ name }) => name))
  const removed = new Set(
    choices.flatMap(({ category }) => (category === null || known.has(category) ? [] : [category])),
  )
  if (removed.size === 0) return ''
  return html`<p class="quiet small idle">
    It has also chosen for categories that were removed: <span class="name">${[...removed].join(', ')}</span>
  </p>`
}

/** The name of the field with the choice for a sender; for all senders without one. */
export const choiceField = (sender: string | null) => (sender === null ? 'choice' : `choice.${sender}`)

const options = new Map([
  ['default', rules.none],
  ['on', 'on'],
  ['off', 'off'],
])

function choiceForm(c: ConsoleContext, { pusher, categories, choices, chosen }: PreferencesOfPusher): Html | '' {
  const row = chosen === ALL_CATEGORIES ? null : categories.find(({ name }) => name === chosen)
  if (row === undefined || row?.required || c.get('visitor').role !== 'admin') return ''
  const select = (sender: string | null) =>
    selectField({
      name: choiceField(sender),
      label: sender ?? 'All senders',
      value: choiceIn(choices, row?.name ?? null, sender),
      options,
    })
  const senders = [...(row ? [null] : []), ...pusher.senders.toSorted()]
  return html`<div id="preference" class="fields choices" role="group" aria-labelledby="choices" data-keep>
    <h3 id="choices">
      ${row ? `What the pusher chose for ${row.title}` : 'What the pusher chose for senders, whatever the category'}
    </h3>
    <form method="post" action="${linkTo(c, below(PUSHERS, pusher.id, 'preferences'))}">
      ${hiddenToken(c)} ${hiddenField('category', row?.name ?? ALL_CATEGORIES)}
      <div class="in-columns">${senders.map(select)}</div>
      <div class="buttons">
        <button class="main">Save</button>
        <span class="quiet small">Change it only if the person asks you to.</span>
      </div>
    </form>
  </div>`
}
