import { CarillonError } from '@carillon/contract'
import type { CategoryRepository, TemplateRepository } from '@carillon/store'

interface RemoveDeps {
  categories: Pick<CategoryRepository, 'remove'>
  templates: Pick<TemplateRepository, 'list'>
}

/** Template names in an error. */
const MOST_NAMED = 5

/**
 * Removes a category. What pushers chose for it stays.
 * @throws CarillonError `category_not_found`; `conflict` while a template names it, since every push with that template would be refused
 */
export async function removeUnusedCategory(
  { categories, templates }: RemoveDeps,
  app: number,
  name: string,
): Promise<void> {
  const all = await templates.list(app)
  const users = [...new Set(all.filter(({ category }) => category === name).map((template) => template.name))]
  if (users.length > 0) {
    const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : ''
    const named = `${users.length === 1 ? 'template' : 'templates'} ${users.slice(0, MOST_NAMED).join(', ')}${more}`
    const verb = users.length === 1 ? 'names' : 'name'
    const hint =
      'Store these templates without the category, or with another one, or remove them. Then remove the category.'
    throw new CarillonError('conflict', `The ${named} ${verb} the category ${name}.`, { hint })
  }
  await categories.remove(app, name)
}
