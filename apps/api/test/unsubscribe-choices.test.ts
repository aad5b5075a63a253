import { type Category, type Choice, type ChoiceChange, decidePreference, type Preferences } from '@carillon/contract'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  choosing,
  isOn,
  possible,
  resubscribing,
  switchingAllOff,
  undoing,
  unsubscribing,
} from '../unsubscribe/choices.ts'
import { exampleCategory } from './fakes.ts'

const SENDERS = ['sendmail', 'sendsms', 'sendpush']
const NAMES = ['news', 'offers', 'invoices', 'removed']

const categories = [
  exampleCategory({ name: 'invoices', required: true }),
  exampleCategory(),
  exampleCategory({ name: 'offers', default: { sendsms: 'off' } }),
]

const link = { app: 1, pusher: 'lupino', category: 'news', sender: 'sendmail' }

const anyChoice = fc
  .record<Choice>({
    category: fc.option(fc.constantFrom(...NAMES)),
    sender: fc.option(fc.constantFrom(...SENDERS)),
    value: fc.constantFrom('on', 'off'),
  })
  .filter(({ category, sender }) => category !== null || sender !== null)
const keyOf = ({ category, sender }: Pick<Choice, 'category' | 'sender'>) => `${category} ${sender}`
const anyPreferences = fc.uniqueArray(anyChoice, { selector: keyOf })

/** What is chosen after changes, as the database does it. */
function after(preferences: Preferences, changes: readonly ChoiceChange[]): Choice[] {
  const chosen = new Map(preferences.map((choice) => [keyOf(choice), choice]))
  for (const { value, ...about } of changes)
    if (value === 'default') chosen.delete(keyOf(about))
    else chosen.set(keyOf(about), { ...about, value })
  return [...chosen.values()]
}

const sorted = (choices: Preferences) => choices.toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)))
const named = (name: string): Category => categories.find((one) => one.name === name) ?? exampleCategory({ name })

describe('unsubscribing', () => {
  it('stops the category through every sender, whatever was chosen before', () => {
    fc.assert(
      fc.property(anyPreferences, fc.constantFrom('news', 'offers', 'removed'), (preferences, category) => {
        const then = after(preferences, unsubscribing({ ...link, category }, { categories, preferences }))
        for (const sender of [...SENDERS, 'sendlater']) expect(isOn(named(category), sender, then)).toBe(false)
      }),
    )
  })

  it('leaves the other categories as they were', () => {
    fc.assert(
      fc.property(anyPreferences, (preferences) => {
        const then = after(preferences, unsubscribing(link, { categories, preferences }))
        for (const sender of SENDERS)
          expect(isOn(named('offers'), sender, then)).toBe(isOn(named('offers'), sender, preferences))
      }),
    )
  })

  it('without a category stops what is optional through the sender, and nothing through others', () => {
    fc.assert(
      fc.property(anyPreferences, (preferences) => {
        const then = after(preferences, unsubscribing({ ...link, category: null }, { categories, preferences }))
        for (const name of NAMES) expect(isOn(named(name), 'sendmail', then)).toBe(name === 'invoices')
        for (const name of ['news', 'offers', 'invoices'])
          expect(isOn(named(name), 'sendsms', then)).toBe(isOn(named(name), 'sendsms', preferences))
      }),
    )
  })

  it('changes only what it has to', () => {
    expect(unsubscribing(link, { categories, preferences: [] })).toEqual([
      { category: 'news', sender: null, value: 'off' },
    ])
  })
})

it('switching all off stops all that is optional, now and later', () => {
  fc.assert(
    fc.property(anyPreferences, (preferences) => {
      const then = after(preferences, switchingAllOff(SENDERS, { categories, preferences }))
      const later = exampleCategory({ name: 'later', default: { sendmail: 'on' } })
      for (const sender of SENDERS)
        for (const one of [named('news'), named('offers'), later]) expect(isOn(one, sender, then)).toBe(false)
      expect(isOn(named('invoices'), 'sendmail', then)).toBe(true)
    }),
  )
})

describe('subscribing again', () => {
  it('lets the category through the sender of the link, and through others as if nothing was chosen for it', () => {
    fc.assert(
      fc.property(anyPreferences, (preferences) => {
        const offers = named('offers')
        const then = after(preferences, resubscribing(offers, 'sendsms', preferences))
        expect(isOn(offers, 'sendsms', then)).toBe(true)
        const rest = preferences.filter(({ category }) => category !== 'offers')
        expect(isOn(offers, 'sendmail', then)).toBe(isOn(offers, 'sendmail', rest))
      }),
    )
  })

  it('takes back what unsubscribing did, and chooses nothing else', () => {
    const off: Choice = { category: 'news', sender: null, value: 'off' }
    expect(after([off], resubscribing(named('news'), 'sendmail', [off]))).toEqual([])
  })
})

describe('the checkboxes', () => {
  const anyWanted = fc.record({ sendmail: fc.boolean(), sendsms: fc.boolean(), sendpush: fc.boolean() })

  it('become what holds', () => {
    fc.assert(
      fc.property(anyPreferences, anyWanted, fc.constantFrom('news', 'offers'), (preferences, given, name) => {
        const wanted = new Map(Object.entries(given))
        const then = after(preferences, choosing(named(name), wanted, preferences))
        expect(SENDERS.map((sender) => isOn(named(name), sender, then))).toEqual([...wanted.values()])
      }),
    )
  })

  it('change nothing where they say what holds already', () => {
    const byDefault = new Map([...SENDERS].map((sender) => [sender, sender !== 'sendsms']))
    expect(choosing(named('offers'), byDefault, [])).toEqual([])
  })

  it('switch a category off through senders to come if none is ticked', () => {
    const none = new Map(SENDERS.map((sender) => [sender, false]))
    expect(choosing(named('news'), none, [])).toEqual([{ category: 'news', sender: null, value: 'off' }])
  })
})

describe('undoing', () => {
  it('brings back every choice as it was', () => {
    fc.assert(
      fc.property(anyPreferences, fc.constantFrom('news', null), (preferences, category) => {
        const changes = unsubscribing({ ...link, category }, { categories, preferences })
        const back = after(after(preferences, changes), undoing(changes, preferences))
        expect(sorted(back)).toEqual(sorted(preferences))
      }),
    )
  })

  it('leaves out what cannot be chosen any longer', () => {
    const changes: ChoiceChange[] = [
      { category: 'invoices', sender: null, value: 'off' },
      { category: 'removed', sender: null, value: 'on' },
      { category: 'removed', sender: null, value: 'default' },
      { category: null, sender: 'sendmail', value: 'off' },
    ]
    expect(possible(changes, categories)).toEqual(changes.slice(2))
  })
})

it('decides as the sending does', () => {
  expect(decidePreference(named('offers'), 'sendsms', []).value).toBe('off')
  expect(isOn(named('offers'), 'sendsms', [])).toBe(false)
})
