import type { Address, SharedValues } from '@carillon/contract'
import type { Subscriber } from '../../../test/services/subscriber.ts'

export function addressOf({ subscription }: Subscriber): Address {
  const texts = { target: '', environment: '', platform: '', locale: '', timezone: '', label: '' } as const
  return { id: '1', kind: 'webpush', token: JSON.stringify(subscription), ...texts, createdAt: 0, seenAt: 0 }
}

export function sharedInMemory(): SharedValues {
  const values = new Map<string, string>()
  return {
    async get(name, _, make) {
      if (!values.has(name)) values.set(name, await make())
      return values.get(name)!
    },
    drop: async () => {},
  }
}
