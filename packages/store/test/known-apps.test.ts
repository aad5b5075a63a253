import { expect, it } from 'vitest'
import type { App } from '@carillon/contract'
import { knownApps } from '@carillon/store'

const bells = { id: 1, key: 'bells' } as App

/** Apps in a database that answers on demand and counts its queries. */
function slowly() {
  const asked: string[] = []
  const answers: PromiseWithResolvers<App | null>[] = []
  const byKey = (key: string) => {
    asked.push(key)
    answers.push(Promise.withResolvers())
    return answers.at(-1)!.promise
  }
  return { asked, answers, apps: knownApps({ byKey, byId: async () => null }) }
}

it('asks once for many who ask at once, and keeps what was found', async () => {
  const { asked, answers, apps } = slowly()
  const many = Promise.all([1, 2, 3].map(() => apps.byKey('bells')))
  answers[0]!.resolve(bells)
  expect(await many).toEqual([bells, bells, bells])
  expect(await apps.byKey('bells')).toBe(bells)
  expect(asked).toEqual(['bells'])
})

it.each([
  ['what is unknown', ({ resolve }: PromiseWithResolvers<App | null>) => resolve(null)],
  ['what could not be asked', ({ reject }: PromiseWithResolvers<App | null>) => reject(new Error('away'))],
])('asks again for %s', async (_, answer) => {
  const { asked, answers, apps } = slowly()
  const first = Promise.allSettled([apps.byKey('bells'), apps.byKey('bells')])
  answer(answers[0]!)
  await first
  const second = apps.byKey('bells')
  answers[1]!.resolve(bells)
  expect(await second).toBe(bells)
  expect(asked).toHaveLength(2)
})
