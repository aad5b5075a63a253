import type { Address, Push } from '@carillon/contract'
import type { AddressRepository } from '@carillon/store'
import { silentLogger } from '@carillon/testkit'
import { expect, it, vi } from 'vitest'
import { RecipientReader } from '../broadcast/page.ts'
import { sendClaimed } from '../claim/deliver.ts'
import { ann, claimedPush, delivering } from './delivering.ts'

const bob = { ...ann, id: 'bob' }

/** Every pusher has one address, named after it and its app. */
function addressBook() {
  return vi.fn<AddressRepository['of']>(async (app, pushers) =>
    pushers.map((id) => [{ id: `${app}-${id}` } as Partial<Address> as Address]),
  )
}

it('reads the addresses of all pushes that were claimed at once, and gives each its own', async () => {
  const got: [string, string[]][] = []
  const send = async ({ id, addresses }: Push) => void got.push([id, addresses.map((address) => address.id)])
  const { deps } = delivering({ send, addressKinds: ['fcm', 'apns'] })
  const of = addressBook()
  using permit = deps.concurrency.acquireNow(4)
  const claimed = [
    claimedPush('1'),
    claimedPush('2', { recipient: bob, pusher: 'bob' }),
    claimedPush('3'),
    claimedPush('4', { app: 2 }),
  ]
  for (const push of claimed) deps.leases.hold(push, performance.now())
  await sendClaimed({ ...deps, addresses: { ...deps.addresses, of } }, claimed, permit)
  expect(got).toEqual([
    ['1', ['1-ann']],
    ['2', ['1-bob']],
    ['3', ['1-ann']],
    ['4', ['2-ann']],
  ])
  expect(of.mock.calls).toEqual([
    [1, ['ann', 'bob'], ['fcm', 'apns']],
    [2, ['ann'], ['fcm', 'apns']],
  ])
})

it('gives an attempt what the one before handed on', async () => {
  const got: unknown[] = []
  const { deps } = delivering({ send: async ({ progress }) => void got.push(progress) })
  const claimed = [claimedPush('1', { progress: '{"value":"{\\"page\\":2}"}' }), claimedPush('2', { progress: null })]
  for (const push of claimed) deps.leases.hold(push, performance.now())
  using permit = deps.concurrency.acquireNow(2)
  await sendClaimed(deps, claimed, permit) // for the addresses of a sender without kinds there is nothing to ask
  expect(got).toEqual([{ page: 2 }, undefined])
})

it('reads the addresses of the recipients of a page at once', async () => {
  const { deps } = delivering({ addressKinds: ['webpush'] })
  const of = addressBook()
  const broadcast = { id: '7', app: 3, data: '{}' } as ConstructorParameters<typeof RecipientReader>[1]['broadcast']
  const read = { pushers: [ann, bob], at: performance.now() }
  const reader = new RecipientReader(
    { ...deps, log: silentLogger, addresses: { ...deps.addresses, of } },
    { broadcast, read },
  )
  const recipients = await reader.first(1, ['ann', 'bob'])
  expect(recipients).toEqual([{ pusher: ann, addresses: [{ id: '3-ann' }], refusal: undefined }])
  await reader.first(1, ['bob'])
  expect(of.mock.calls).toEqual([[3, ['ann', 'bob'], ['webpush']]])
})
