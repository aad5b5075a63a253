import { type CategoryDecision, type ClaimedPush, progressText } from '@carillon/store'
import { expect, it } from 'vitest'
import { sendClaimed } from '../claim/deliver.ts'
import type { LinksOf } from '../send/links.ts'
import { readCategories } from '../send/preferences.ts'
import { claimedPush, delivering } from './delivering.ts'

const OFF: CategoryDecision = { value: 'off', rule: 'category', title: 'News' }

/** Sends pushes whose pushers have switched everything off. */
async function send(...pushes: ClaimedPush[]) {
  const { deps, sent, recorded } = delivering()
  for (const push of pushes) deps.leases.hold(push, performance.now())
  using permit = await deps.concurrency.acquire(pushes.length)
  await sendClaimed({ ...deps, preferences: { decide: async (asked) => asked.map(() => OFF) } }, pushes, permit)
  return { sent, recorded }
}

it('what is switched off is skipped, and the rest of the claim is sent', async () => {
  const { sent, recorded } = await send(claimedPush('1'), claimedPush('2', { category: 'news' }))
  expect(sent).toEqual(['1'])
  expect(recorded.get('2')).toEqual({ is: 'skipped', reason: 'the pusher has switched off the category news' })
})

it('a push of which an attempt has sent enough ends as sent', async () => {
  const progress = progressText({ value: '1', ifLast: { is: 'sent' } })
  const { sent, recorded } = await send(claimedPush('1', { category: 'news', progress, attempt: 2 }))
  expect([sent, recorded.get('1')]).toEqual([[], { is: 'sent' }])
})

it('a push of which no attempt has sent enough is skipped, whatever its sender said', async () => {
  const progress = progressText({ value: '1', ifLast: { is: 'dead', reason: 'none worked' } })
  const { recorded } = await send(claimedPush('1', { category: 'news', progress, attempt: 2 }))
  expect(recorded.get('1')).toMatchObject({ is: 'skipped' })
})

it('what is over is dead, even if it is switched off', async () => {
  const { recorded } = await send(claimedPush('1', { category: 'news', expired: true }))
  expect(recorded.get('1')).toMatchObject({ is: 'dead' })
})

it('nothing is asked about messages without a category', async () => {
  const decide = () => Promise.reject(new Error('asked'))
  const message = { app: 1, pusher: 'ann', sender: 'chime' }
  expect(await readCategories({ decide }, [message, { ...message, category: null }])).toEqual([{}, {}])
})

it('a push whose broadcast was cancelled is returned, whatever an attempt has sent', async () => {
  const progress = progressText({ value: '1', ifLast: { is: 'sent' } })
  const { recorded } = await send(claimedPush('1', { category: 'news', progress, cancelled: true }))
  expect(recorded.get('1')).toEqual({ is: 'returned' })
})

it('a sender sees the category of a push, and the links that are made for it', async () => {
  const seen: object[] = []
  const { deps } = delivering({ send: async ({ category, links }) => void seen.push({ category, links }) })
  const links: LinksOf = ({ app, category }, { name }) => ({
    preferences: `${name} ${app}`,
    unsubscribe: '',
    list: category && { id: category.name, title: `${category.title} ${category.required}` },
  })
  const decide = async (): Promise<CategoryDecision[]> => [{ value: 'on', rule: 'required', title: 'News' }]
  const pushes = [claimedPush('1', { category: 'news' }), claimedPush('2')]
  for (const push of pushes) deps.leases.hold(push, performance.now())
  using permit = await deps.concurrency.acquire(2)
  await sendClaimed({ ...deps, links, preferences: { decide } }, pushes, permit)
  expect(seen).toEqual([
    { category: 'news', links: { preferences: 'chime 1', unsubscribe: '', list: { id: 'news', title: 'News true' } } },
    { category: undefined, links: { preferences: 'chime 1', unsubscribe: '', list: undefined } },
  ])
})
