import type { Category, ChoiceChange } from '@carillon/contract'
import { beforeEach, expect, it } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, newName } from './bells.ts'

onEveryBackend('preferences', (current) => {
  const categories = () => current().services.store.categories
  const preferences = () => current().services.store.preferences
  let name: string
  beforeEach(() => void (name = newName()))

  const category = (fields: Partial<Category> = {}): Category => ({
    name,
    title: 'News',
    description: '',
    required: false,
    default: {},
    ...fields,
  })

  it('are about categories, which are replaced and removed by their own app', async () => {
    await categories().put(1, category({ default: { sendsms: 'off' } }))
    await categories().put(1, category({ name: `${name}-b`, required: true }))
    expect(await categories().find(1, name)).toEqual(category({ default: { sendsms: 'off' } }))
    expect(await categories().find(2, name)).toBeNull()
    await categories().put(1, category({ title: 'Old news', description: 'Weekly', required: true }))
    const replaced = category({ title: 'Old news', description: 'Weekly', required: true })
    const theirs = (await categories().list(1)).filter((one) => one.name.startsWith(name))
    expect(theirs).toEqual([replaced, category({ name: `${name}-b`, required: true })])
    await expect(categories().remove(2, name)).rejects.toMatchObject({ code: 'category_not_found' })
    await categories().remove(1, name)
    await expect(categories().remove(1, name)).rejects.toMatchObject({ code: 'category_not_found' })
  })

  it('are kept by category, by sender and by both, until they are set back', async () => {
    await preferences().change(1, name, [
      { category: 'news', sender: null, value: 'off' },
      { category: null, sender: 'sendsms', value: 'on' },
      { category: null, sender: 'sendsms', value: 'off' },
      { category: 'news', sender: 'sendmail', value: 'on' },
    ])
    const bySender = { category: null, sender: 'sendsms', value: 'off' } as const
    const both = { category: 'news', sender: 'sendmail', value: 'on' } as const
    const all = [bySender, { category: 'news', sender: null, value: 'off' }, both]
    expect(await preferences().find(1, name)).toEqual(all)
    expect(await preferences().find(2, name)).toEqual([])
    expect(await preferences().find(1, `${name}-other`)).toEqual([])
    await preferences().change(1, name, [
      { category: 'news', sender: null, value: 'default' },
      { category: 'offers', sender: null, value: 'default' },
      { ...bySender, value: 'on' },
    ])
    expect(await preferences().find(1, name)).toEqual([{ ...bySender, value: 'on' }, both])
  })

  it('outlive their category and end with their pusher', async () => {
    await addPusher(current().services, name, [])
    await categories().put(1, category())
    const off = { category: name, sender: null, value: 'off' } as const
    await preferences().change(1, name, [off])
    await categories().remove(1, name)
    expect(await preferences().find(1, name)).toEqual([off])
    await current().services.api(1).removePusher(name)
    expect(await preferences().find(1, name)).toEqual([])
  })

  it('are at most 500 of a pusher, and none is changed where they would be more', async () => {
    const many = (count: number): ChoiceChange[] =>
      Array.from({ length: count }, (_, at) => ({ category: `c${at}`, sender: null, value: 'off' }))
    await preferences().change(1, name, many(500))
    const last: ChoiceChange = { category: 'last', sender: null, value: 'off' }
    const first: ChoiceChange = { category: 'c0', sender: null, value: 'default' }
    await expect(preferences().change(1, name, [last])).rejects.toMatchObject({ code: 'conflict' })
    expect(await preferences().find(1, name)).toHaveLength(500)
    await preferences().change(1, name, [last, first])
    expect(await preferences().find(1, name)).toContainEqual(last)
  })

  it('are changed by many at a time', async () => {
    const both: ChoiceChange[] = [
      { category: 'a', sender: null, value: 'on' },
      { category: 'b', sender: null, value: 'off' },
    ]
    await Promise.all(
      Array.from({ length: 8 }, (_, at) => preferences().change(1, name, at % 2 ? both : both.toReversed())),
    )
    expect(await preferences().find(1, name)).toEqual(both)
  })
})
