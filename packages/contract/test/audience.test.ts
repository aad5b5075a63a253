import { type Choice, decidePreference, type PreferenceRule, type Switch } from '@carillon/contract'
import { expect, it } from 'vitest'

const opposite: Record<Switch, Switch> = { on: 'off', off: 'on' }

/** Each says `value`, and is weaker than the ones before. */
function saying(value: Switch): [PreferenceRule, { choice?: Choice; default?: Record<string, Switch> }][] {
  return [
    ['categoryAndSender', { choice: { category: 'news', sender: 'sendmail', value } }],
    ['category', { choice: { category: 'news', sender: null, value } }],
    ['sender', { choice: { category: null, sender: 'sendmail', value } }],
    ['default', { default: { sendmail: value } }],
  ]
}

const decided = (said: { choice?: Choice; default?: Record<string, Switch> }[], required = false) =>
  decidePreference(
    { name: 'news', required, default: Object.assign({}, ...said.map((one) => one.default)) },
    'sendmail',
    said.flatMap(({ choice }) => choice ?? []),
  )

const cases = (['on', 'off'] as const).flatMap((value) =>
  saying(value).map(([rule], place) => ({ value, rule, place })),
)

it.each(cases)('$rule says $value against all weaker rules', ({ value, rule, place }) => {
  const weaker = saying(opposite[value]).slice(place + 1)
  const said = [saying(value)[place]!, ...weaker].map(([, one]) => one)
  expect(decided(said)).toEqual({ rule, value })
  expect(decided(said.toReversed())).toEqual({ rule, value })
})

it('a required category is on, whatever was chosen', () => {
  const off = saying('off').map(([, said]) => said)
  expect(decided(off, true)).toEqual({ rule: 'required', value: 'on' })
})

it('a category is on where nobody said anything', () => {
  expect(decided([])).toEqual({ rule: 'none', value: 'on' })
  const others: Choice[] = [
    { category: 'offers', sender: null, value: 'off' },
    { category: null, sender: 'sendsms', value: 'off' },
    { category: 'news', sender: 'sendsms', value: 'off' },
    { category: 'offers', sender: 'sendmail', value: 'off' },
  ]
  const given = [...others.map((choice) => ({ choice })), { default: { sendsms: 'off' as const } }]
  expect(decided(given)).toEqual({ rule: 'none', value: 'on' })
})

it('a sender may have the name of a member of objects', () => {
  const category = { name: 'news', required: false, default: {} }
  expect(decidePreference(category, 'constructor', [])).toEqual({ rule: 'none', value: 'on' })
})
