import { categoryBody, categoryName, noCategory, switches } from '@carillon/contract'
import { removeUnusedCategory, withAudit } from '@carillon/core'
import * as z from 'zod'
import { endpoint } from '../endpoint.ts'
import { okAnswer, refuseMisspelt } from './schemas.ts'

const categoryParams = z.object({
  name: categoryName.meta({ description: 'Name of the category.', examples: ['news'] }),
})

export const categoryShape = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    required: z.boolean(),
    default: z.record(z.string(), z.enum(switches)),
  })
  .meta({
    id: 'Category',
    examples: [
      { name: 'news', title: 'News', description: 'Once a week', required: false, default: { sendsms: 'off' } },
    ],
  })

const categoryAnswer = z.object({ category: categoryShape })

export const listCategories = endpoint({
  guard: 'signed',
  summary: 'List categories',
  notes: 'All categories, sorted by name.',
  answer: z.object({ categories: z.array(categoryShape) }),
  errors: [],
  handle: async ({ app }, { categories }) => ({ categories: await categories.list(app.id) }),
})

export const putCategory = endpoint({
  guard: 'signed',
  summary: 'Store a category',
  notes: 'Adds a category, or replaces the one with that name. What pushers chose for it stays.',
  params: categoryParams,
  fields: categoryBody.strict(), // what is absent gets its default, so a misspelt field would reset the one that was meant
  example: { title: 'News', description: 'Once a week', default: { sendsms: 'off' } },
  answer: categoryAnswer,
  errors: ['invalid_field'],
  async handle({ app, actor, params: { name }, fields }, { categories, core, audit }) {
    const { title = name, description = '', required, default: byDefault = {} } = fields
    await refuseMisspelt({ core }, Object.keys(byDefault))
    const category = { name, title, description, required, default: byDefault }
    const action = { app: app.id, action: 'category.put', target: name }
    await withAudit(audit, actor(), action, () => categories.put(app.id, category))
    return { category }
  },
})

export const getCategory = endpoint({
  guard: 'signed',
  summary: 'Get a category',
  params: categoryParams,
  answer: categoryAnswer,
  errors: ['category_not_found', 'invalid_field'],
  async handle({ app, params: { name } }, { categories }) {
    const category = await categories.find(app.id, name)
    if (!category) throw noCategory(name)
    return { category }
  },
})

export const removeCategory = endpoint({
  guard: 'signed',
  summary: 'Remove a category',
  notes:
    'New pushes that name it are refused. What pushers chose for it is kept, and holds again if you store it again. A category that a template names cannot be removed.',
  params: categoryParams,
  answer: okAnswer,
  errors: ['category_not_found', 'conflict', 'invalid_field'],
  async handle({ app, actor, params: { name } }, { categories, templates, audit }) {
    const action = { app: app.id, action: 'category.remove', target: name }
    await withAudit(audit, actor(), action, () => removeUnusedCategory({ categories, templates }, app.id, name))
    return { result: 'OK' }
  },
})
