import { CarillonError, type ChoiceChange } from '@carillon/contract'
import type { CategoryRepository, PreferenceRepository } from '@carillon/store'
import { unknownCategories } from './accept/categories.ts'

interface ChangeDeps {
  categories: Pick<CategoryRepository, 'exist' | 'list'>
  preferences: Pick<PreferenceRepository, 'change'>
}

/**
 * Changes what a pusher chose, all of it or nothing. What was chosen for a category that exists no longer can be set back.
 * @param most how many choices the pusher may have, as `PreferenceRepository.change` says
 * @throws CarillonError `category_not_found`; `invalid_field` for a required category; `conflict` for too many choices
 */
export async function changePreferences(
  { categories, preferences }: ChangeDeps,
  app: number,
  pusher: string,
  changes: readonly ChoiceChange[],
  most?: number,
): Promise<void> {
  const chosen = changes.filter(({ value }) => value !== 'default')
  const named = chosen.map(({ category }) => ({ app, category: category ?? undefined }))
  const unknown = (await unknownCategories(categories, named)).find((error) => error !== undefined)
  if (unknown) throw unknown
  const off = new Set(chosen.flatMap(({ category, value }) => (value === 'off' && category !== null ? [category] : [])))
  const required =
    off.size > 0 ? (await categories.list(app)).find((one) => one.required && off.has(one.name)) : undefined
  if (required)
    throw new CarillonError('invalid_field', `the category ${required.name} is required and cannot be switched off`)
  await preferences.change(app, pusher, changes, most)
}
