import type { Address, Pusher, Sender } from '@carillon/contract'
import type { AddressRepository } from '@carillon/store'

/** The recipient of a push or a broadcast, if it names a pusher. */
interface Recipient {
  app: number
  pusher: Pusher | undefined
}

const NONE: readonly Address[] = []

/**
 * Finds the addresses of pushers to which a sender sends, with one query for each app; with none for a sender that declares
 * no kinds of addresses.
 * @returns index-aligned
 */
export async function findAddresses(
  { addressKinds: kinds = [] }: Pick<Sender, 'addressKinds'>,
  addresses: AddressRepository,
  many: readonly Recipient[],
): Promise<(readonly Address[])[]> {
  if (kinds.length === 0) return many.map(() => NONE)
  const found = new Map<string, Address[]>()
  for (const [app, group] of Map.groupBy(many, (one) => one.app)) {
    const ids = [...new Set(group.flatMap(({ pusher }) => pusher?.id ?? []))]
    const each = ids.length > 0 ? await addresses.of(app, ids, kinds) : []
    ids.forEach((id, index) => found.set(`${app} ${id}`, each[index]!))
  }
  return many.map(({ app, pusher }) => (pusher && found.get(`${app} ${pusher.id}`)) ?? NONE)
}
