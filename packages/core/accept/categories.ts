import { type CarillonError, noCategory } from '@carillon/contract'
import type { CategoryRepository } from '@carillon/store'

interface Categorized {
  app: number
  category?: string | undefined
}

/**
 * Looks up the categories that messages name, with one query; with none if no message names one.
 * @returns index-aligned: undefined, or the CarillonError `category_not_found`
 */
export async function unknownCategories(
  categories: Pick<CategoryRepository, 'exist'>,
  messages: readonly Categorized[],
): Promise<(CarillonError | undefined)[]> {
  const named = messages.flatMap(({ app, category }) => (category === undefined ? [] : [{ app, category }]))
  if (named.length === 0) return messages.map(() => undefined)
  const exist = (await categories.exist(named)).values()
  return messages.map(({ category }) =>
    category === undefined || exist.next().value ? undefined : noCategory(category),
  )
}
