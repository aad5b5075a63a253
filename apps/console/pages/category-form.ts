import { type Category, categoryBody, senderName, type Switch } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { field, problemOf, type Problems, type Texts } from '../view/fields.ts'
import { switchField } from '../view/forms.ts'

/** What was typed into the fields of a category, and what is wrong with it. */
export interface CategoryForm {
  texts: Texts
  problems: Problems
}

/** The name of the field that switches a sender off. */
const offField = (sender: string) => `off.${sender}`

/** The fields of a category, to be filled in. Its name is not among them, because it stays. */
export function categoryInputs(senders: readonly string[], { texts, problems }: CategoryForm): Html[] {
  return [
    field({ name: 'title', label: 'Title', hint: 'What pushers read. If it is empty, the name.' }, texts, problems),
    field({ name: 'description', label: 'Description', hint: 'What it is about, for pushers.' }, texts, problems),
    switchField({
      name: 'required',
      label: 'Required',
      isOn: texts['required'] !== undefined,
      hint: 'Nobody can switch it off. What pushers chose before is ignored while it is required.',
    }),
    ...defaultInputs(senders, texts),
  ]
}

function defaultInputs(senders: readonly string[], texts: Texts): Html[] {
  if (senders.length === 0) return []
  return [
    html`<div role="group" aria-labelledby="off-by-default">
      <p id="off-by-default">Off by default</p>
      <p class="quiet small">Through these senders it is off until a pusher switches it on.</p>
      <div class="settings in-columns">
        ${senders.map((sender) =>
          switchField({ name: offField(sender), label: sender, isOn: texts[offField(sender)] !== undefined }),
        )}
      </div>
    </div>`,
  ]
}

/** A category as the fields show it. */
export function textsOf(category: Category): Texts {
  const { name, title, description, required } = category
  const off = offSenders(category).map((sender) => [offField(sender), 'on'])
  return {
    title: title === name ? '' : title,
    description,
    ...(required && { required: 'on' }),
    ...Object.fromEntries(off),
  }
}

/** Senders through which a category is off for pushers who chose nothing. */
export function offSenders({ default: byDefault }: Pick<Category, 'default'>): string[] {
  return Object.keys(byDefault)
    .filter((sender) => byDefault[sender] === 'off')
    .toSorted()
}

/** Those that workers run, and those that the category names. */
export async function sendersToOffer(
  { senders }: Pick<ConsoleDeps, 'senders'>,
  { default: byDefault }: Pick<Category, 'default'> = { default: {} },
): Promise<string[]> {
  return [...new Set([...(await senders.ofWorkers()), ...Object.keys(byDefault)])].toSorted()
}

/**
 * Reads the fields as the API reads them.
 * @param known what the category is called, and what its default is so far: a sender that is `on` there stays so
 * @returns the category, unless something is wrong with a field
 */
export function readCategory(
  form: URLSearchParams,
  { name, default: before = {} }: Pick<Category, 'name'> & Partial<Category>,
): CategoryForm & { category?: Category } {
  const texts = Object.fromEntries(form)
  const { title = '', description = '', required } = texts
  const byDefault = { ...onIn(before), ...offIn(form) }
  const { data, error } = categoryBody.safeParse({
    title: title.trim(),
    description: description.trim(),
    required: required !== undefined,
    default: byDefault,
  })
  if (error) return { texts, problems: problemsOf(error.issues) }
  const given = { title: data.title ?? name, description: data.description ?? '', required: data.required }
  return { texts, problems: {}, category: { name, ...given, default: data.default ?? {} } }
}

function onIn(byDefault: Category['default']): Record<string, Switch> {
  return Object.fromEntries(Object.entries(byDefault).filter(([, value]) => value === 'on'))
}

function offIn(form: URLSearchParams): Record<string, Switch> {
  const prefix = offField('')
  const senders = [...form.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  return Object.fromEntries(
    senders.filter((sender) => senderName.safeParse(sender).success).map((name) => [name, 'off']),
  )
}

/** The senders have no place for a problem, so that there are too many of them is said at the title. */
function problemsOf(issues: readonly { path: PropertyKey[]; message: string }[]): Problems {
  const named = issues.map(({ path: [name], message }) => [
    name === 'default' ? 'title' : String(name),
    problemOf(name === 'default' ? `the default of a sender ${message}` : message),
  ])
  return Object.fromEntries(named)
}
