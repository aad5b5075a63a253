import type { Sender } from '@carillon/contract'
import type { SenderAddress, SuppressionRepository } from '@carillon/store'
import { expect, it } from 'vitest'
import { findSuppressed } from '../send/suppressed.ts'
import { ann } from './delivering.ts'

/** Suppressions of the addresses that begin with `bad`. */
function suppressions() {
  const asked: SenderAddress[][] = []
  const find = async (addresses: SenderAddress[]) => {
    asked.push(addresses)
    return addresses.map(({ address }) => (address.startsWith('bad') ? { since: 86_400, reason: 'bounced' } : null))
  }
  return { asked, repository: { find } as Partial<SuppressionRepository> as SuppressionRepository }
}

const chime: Sender = {
  name: 'chime',
  send: async () => {},
  address: ({ pusher, data }) => (data === 'no' ? fail() : pusher.email),
}

function fail(): never {
  throw new Error('no address')
}

const to = (email: string, raw = '{}') => ({ app: 1, pusher: { ...ann, email }, raw })

it('only the suppressed address is refused, even if some recipients have no address', async () => {
  const { asked, repository } = suppressions()
  const many = [
    to(''),
    to('bad@one'),
    { app: 1, pusher: undefined, raw: '{}' },
    to('bad@two', '"no"'),
    to('good@three'),
    to('bad@four'),
  ]
  const refusals = await findSuppressed(chime, repository, many)
  const refusal = { is: 'dead', reason: 'the address has been suppressed since 1970-01-02: bounced', noAddress: true }
  expect(refusals).toEqual([undefined, refusal, undefined, undefined, undefined, refusal])
  expect(asked).toHaveLength(1)
  expect(asked[0]!.map(({ address }) => address)).toEqual(['bad@one', 'good@three', 'bad@four'])
})

it('nothing is asked for a sender that names no addresses', async () => {
  const { asked, repository } = suppressions()
  const { address: _, ...without } = chime
  expect(await findSuppressed(without, repository, [to('bad@one')])).toEqual([undefined])
  expect(asked).toEqual([])
})
