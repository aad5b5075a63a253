import { type Category, categoryName } from '@carillon/contract'
import { html } from 'hono/html'
import { changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { field, problemOf } from '../view/fields.ts'
import { formToOpen } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { page } from '../view/page.ts'
import { type Column, table } from '../view/table.ts'
import { type CategoryForm, categoryInputs, offSenders, readCategory, sendersToOffer } from './category-form.ts'

export const CATEGORIES = '/console/categories'

/** What messages can be about, and what pushers can switch off. */
export function categoriesPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => c.html(await show(c, deps))
}

/** Adds a category. One that exists is not touched. */
export function createCategory(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const [app, name] = [c.get('app').id, c.get('form').get('name')?.trim() ?? '']
    const read = readCategory(c.get('form'), { name })
    const problems = { name: await problemOfName(deps, app, name), ...read.problems }
    if (!read.category || problems.name !== undefined)
      return c.html(await show(c, deps, { texts: { ...read.texts, name }, problems }), 422)
    const { category } = read
    return {
      action: 'category.put',
      target: name,
      page: below(CATEGORIES, name),
      async run() {
        await deps.categories.put(app, category)
        return { notice: 'category-created' }
      },
    }
  })
}

async function problemOfName(
  { categories }: Pick<ConsoleDeps, 'categories'>,
  app: number,
  name: string,
): Promise<string | undefined> {
  const { error } = categoryName.safeParse(name)
  if (error) return problemOf(error.issues[0]!.message)
  return (await categories.find(app, name)) ? `There is a category ${name} already.` : undefined
}

async function show(c: ConsoleContext, deps: ConsoleDeps, refused?: CategoryForm): Promise<Html> {
  const [all, senders] = await Promise.all([deps.categories.list(c.get('app').id), sendersToOffer(deps)])
  const body = html`<h1>Categories</h1>
    <p class="lead">What messages are about. Pushers can switch a category off, unless it is required.</p>
    ${
      all.length > 0
        ? table('Categories', columnsFor(c), all)
        : html`<p class="quiet">
            There are none yet. A push names its category, such as <code>news</code>. A push without a category is
            always sent.
          </p>`
    }
    <div class="buttons">${creation(c, senders, refused)}</div>`
  return page(c, { title: 'Categories', section: 'Categories', body })
}

function columnsFor(c: ConsoleContext): Column<Category>[] {
  return [
    { name: 'Category', kind: 'main', cell: (category) => nameOf(c, category) },
    { name: 'Description', kind: 'wide', cell: ({ description }) => description },
    { name: 'Required', cell: ({ required }) => required && 'yes' },
    { name: 'Off by default', kind: 'words', cell: (category) => offSenders(category).join(', ') },
  ]
}

/** Where a page names the category of something. */
export function categoryLink(c: ConsoleContext, name: string): Html {
  return html`<a class="name" href="${linkTo(c, below(CATEGORIES, name))}">${name}</a>`
}

function nameOf(c: ConsoleContext, { name, title }: Category): Html {
  const link = html`<a href="${linkTo(c, below(CATEGORIES, name))}">${title}</a>`
  return title === name ? link : html`${link} <span class="below name">${name}</span>`
}

function creation(c: ConsoleContext, senders: readonly string[], refused?: CategoryForm): Html | '' {
  const { texts, problems } = refused ?? { texts: {}, problems: {} }
  const name = { name: 'name', label: 'Name', hint: 'By which pushes name it, such as news. It cannot be changed.' }
  return formToOpen(c, {
    label: 'New category',
    isOpen: refused !== undefined,
    path: CATEGORIES,
    action: 'Create',
    fields: [field(name, texts, problems), ...categoryInputs(senders, { texts, problems })],
  })
}
