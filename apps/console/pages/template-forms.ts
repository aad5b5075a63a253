import { PARTIAL } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import type { Problems, Texts } from '../view/fields.ts'
import { carefulButton, formToOpen, hiddenField, textField } from '../view/forms.ts'
import { below } from '../view/link.ts'
import type { Edit, Place } from './template-edit.ts'
import { DEFAULT, placeFields, TEMPLATES } from './templates.ts'

/** The form for a test as it was sent, and what was wrong with it. */
export interface SentTest {
  texts: Texts
  problems: Problems
}

/** Sends the stored version to one pusher. */
export function testForm(c: ConsoleContext, { place, vars }: Edit, test: SentTest | undefined): Html | '' {
  if (place.sender === PARTIAL) return ''
  const texts = test?.texts ?? { pusher: '', vars }
  const inOwnLocale = place.locale === '' ? ' It gets the text for its own locale, if there is one.' : ''
  const inputs = [
    {
      id: 'test-pusher',
      name: 'pusher',
      label: 'Pusher',
      hint: `The id of one. It need not have the sender.${inOwnLocale}`,
    },
    { id: 'test-vars', name: 'vars', label: 'Vars, as a JSON object', isLong: true },
  ]
  return formToOpen(c, {
    label: 'Send a test',
    isOpen: test !== undefined,
    path: `${below(TEMPLATES, place.name)}/test`,
    action: 'Send the stored version',
    fields: [
      hiddenPlace(place),
      ...inputs.map((one) => textField({ ...one, value: texts[one.name], problem: test?.problems[one.name] })),
    ],
  })
}

/** The text that a form is about. */
export function hiddenPlace({ sender, locale }: Pick<Place, 'sender' | 'locale'>): Html {
  return html`${hiddenField('sender', sender)}${hiddenField('locale', locale || DEFAULT)}`
}

export function removeButton(c: ConsoleContext, { name, sender, locale }: Place): Html | '' {
  return carefulButton(c, {
    path: `${below(TEMPLATES, name)}/remove`,
    label: 'Remove',
    about: `${sender}, ${locale || DEFAULT}`,
    fields: { sender, locale: locale || DEFAULT },
    question: `The text of ${sender} for ${locale === '' ? 'everybody without a locale of their own' : locale} can no longer be pushed. Pushes that were accepted before are sent with it.`,
  })
}

/** Leads to a text of another sender or locale. */
export function addForm(c: ConsoleContext, deps: ConsoleDeps, { name, sender }: Place): Html | '' {
  return formToOpen(c, {
    label: 'Add a locale or a sender',
    path: TEMPLATES,
    action: 'Write it',
    fields: [hiddenField('name', name), ...placeFields(deps, { sender }, {})],
  })
}
