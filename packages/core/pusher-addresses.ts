import { comparableAddress } from '@carillon/addresses'
import { type PlainAddress, type Pusher, type PusherAddresses, shortToken, type ShownAddress } from '@carillon/contract'
import type { AddressRepository, SuppressionRepository } from '@carillon/store'

interface AddressesDeps {
  addresses: Pick<AddressRepository, 'list'>
  suppressions: Pick<SuppressionRepository, 'list'>
  /** The country of phone numbers that have no country code. */
  phoneCountry?: string | undefined
}

/** Senders that may have suppressed one address. */
const MOST_SUPPRESSIONS = 100

/** All places at which a pusher can be reached, and what keeps messages from each. */
export async function addressesOf(
  { addresses, suppressions, phoneCountry }: AddressesDeps,
  app: number,
  pusher: Pusher,
): Promise<PusherAddresses> {
  const plain = async (written: string): Promise<PlainAddress | null> => {
    if (written === '') return null
    const address = comparableAddress(written, phoneCountry)
    const found = await suppressions.list(app, { address, size: MOST_SUPPRESSIONS })
    return {
      address: written,
      blocked: found.map(({ id, sender, reason, since }) => ({
        as: 'suppressed',
        sender,
        suppression: id,
        reason,
        since,
      })),
    }
  }
  const [registered, mail, phone] = await Promise.all([
    addresses.list(app, pusher.id),
    plain(pusher.email),
    plain(pusher.phoneNumber),
  ])
  return { addresses: registered.map(shownAddress), mail, phone }
}

type Registered = Awaited<ReturnType<AddressRepository['list']>>[number]

/** An address without its token. */
export function shownAddress({ id, kind, token, disabledAt, reason, ...fields }: Registered): ShownAddress {
  const why = reason ?? ''
  return {
    id,
    kind,
    address: shortToken(token),
    ...fields,
    blocked: disabledAt === null ? [] : [{ as: 'disabled', reason: why, since: disabledAt }],
  }
}
