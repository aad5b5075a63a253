import { type Category, noCategory } from '@carillon/contract'
import { removeUnusedCategory } from '@carillon/core'
import { html } from 'hono/html'
import { backTo, changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { facts } from '../view/facts.ts'
import { carefulButton, hiddenToken } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { page } from '../view/page.ts'
import { CATEGORIES } from './categories.ts'
import {
  type CategoryForm,
  categoryInputs,
  offSenders,
  readCategory,
  sendersToOffer,
  textsOf,
} from './category-form.ts'
import { PUSHES } from './pushes.ts'

/** One category, and what it means to change or to remove it. */
export function categoryPage(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => c.html(await show(c, deps, await categoryIn(c, deps)))
}

/** Changes a category, or shows the form again with what is wrong. */
export function changeCategory(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const known = await categoryIn(c, deps)
    const { category, ...form } = readCategory(c.get('form'), known)
    if (!category) return c.html(await show(c, deps, known, form), 422)
    const path = below(CATEGORIES, known.name)
    if (JSON.stringify(category) === JSON.stringify(known)) return backTo(c, path, { notice: 'category-unchanged' })
    return {
      action: 'category.put',
      target: known.name,
      page: path,
      async run() {
        await deps.categories.put(c.get('app').id, category)
        return { notice: 'category-changed' }
      },
    }
  })
}

export function removeCategory(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const { name } = await categoryIn(c, deps)
    return {
      action: 'category.remove',
      target: name,
      page: CATEGORIES,
      async run() {
        await removeUnusedCategory(deps, c.get('app').id, name)
        return { notice: 'category-removed' }
      },
    }
  })
}

/** @throws CarillonError `category_not_found` */
async function categoryIn(c: ConsoleContext, { categories }: ConsoleDeps): Promise<Category> {
  const name = c.req.param('name') ?? ''
  const category = await categories.find(c.get('app').id, name.replaceAll('\0', ''))
  if (!category) throw noCategory(name)
  return category
}

async function show(c: ConsoleContext, deps: ConsoleDeps, category: Category, refused?: CategoryForm): Promise<Html> {
  const { name, title, description } = category
  const isAdmin = c.get('visitor').role === 'admin'
  const body = html`<p class="above"><a href="${linkTo(c, CATEGORIES)}">Categories</a></p>
    <h1>${title}</h1>
    ${description && html`<p class="lead">${description}</p>`}
    <section class="group" aria-labelledby="about">
      <h2 id="about">The category</h2>
      ${factsOf(c, category, isAdmin)}
    </section>
    ${isAdmin ? editing(c, category, await sendersToOffer(deps, category), refused) : ''} ${removal(c, category)}`
  return page(c, { title: `Category ${name}`, section: 'Categories', body })
}

/** The form has the rest, for those who may change it. */
function factsOf(c: ConsoleContext, category: Category, isAdmin: boolean): Html {
  const { name, required } = category
  const rest = [
    ['Required', required ? 'yes' : 'no'],
    ['Off by default', offSenders(category).join(', ') || 'through no sender'],
  ] as const
  return facts([
    ['Name', html`<span class="name">${name}</span>`],
    ...(isAdmin ? [] : rest),
    ['Pushes', html`<a href="${linkTo(c, PUSHES, { category: name })}">The newest of this category</a>`],
  ])
}

function editing(
  c: ConsoleContext,
  category: Category,
  senders: readonly string[],
  refused: CategoryForm = { texts: textsOf(category), problems: {} },
): Html {
  return html`<form method="post" action="${linkTo(c, below(CATEGORIES, category.name))}">
    <div class="group" role="group" aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <div class="fields settings">
        ${hiddenToken(c)} ${categoryInputs(senders, refused)}
        <div class="buttons">
          <button class="main">Save</button>
          <span class="quiet small">It applies to whatever is sent from now on.</span>
        </div>
      </div>
    </div>
  </form>`
}

function removal(c: ConsoleContext, { name, required }: Category): Html | '' {
  const question = `Calls that name it, or a template of it, are refused from then on. What was accepted before is still sent, unless its pusher has switched the category off${required ? ', which counts again once it is not required any more' : ''}. What pushers chose is kept, and applies again if you add a category of this name.`
  const button = carefulButton(c, { path: below(CATEGORIES, name, 'remove'), label: 'Remove', about: name, question })
  if (button === '') return ''
  return html`<section class="group" aria-labelledby="removal">
    <h2 id="removal">Remove</h2>
    <div>${button}</div>
  </section>`
}
