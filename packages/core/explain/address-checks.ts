import { comparableAddress } from '@carillon/addresses'
import {
  type AddressKind,
  type Check,
  maskAddress,
  type Pusher,
  type SenderFacts,
  shortToken,
} from '@carillon/contract'
import type { AddressRepository, SuppressionRepository } from '@carillon/store'
import { day } from '../times.ts'
import { listed } from './words.ts'

/** What a sender says of the addresses that it sends to. */
export type AddressFacts = Pick<SenderFacts, 'sendsTo' | 'addressKinds'>

export interface AddressQuery {
  pusher: Pusher
  sender: string
  /** Absent: this process does not know the sender. */
  facts: AddressFacts | undefined
  phoneCountry: string | undefined
  /** All addresses of the pusher. */
  registered: RegisteredAddresses
}

type RegisteredAddresses = Awaited<ReturnType<AddressRepository['list']>>

interface AddressStore {
  suppressions: Pick<SuppressionRepository, 'find'>
}

/** Whether a pusher has the address that a sender needs, and whether something keeps messages from it. */
export async function addressChecks(store: AddressStore, app: number, query: AddressQuery): Promise<Check[]> {
  const { sender, facts } = query
  if (!facts) {
    const sentence = `This server does not load ${sender}, so it does not know what address that needs.`
    return [{ check: 'address', state: 'ok', sentence, action: 'Name its file in SENDERS for the API too.' }]
  }
  if (facts.sendsTo) return fieldChecks(store, app, query, facts.sendsTo)
  if (facts.addressKinds) return kindChecks(query, facts.addressKinds)
  return [{ check: 'address', state: 'ok', sentence: `${sender} needs no address.` }]
}

type PusherField = NonNullable<AddressFacts['sendsTo']>

const FIELD_NAMES: Readonly<Record<PusherField, string>> = { email: 'email address', phoneNumber: 'phone number' }

async function fieldChecks(
  { suppressions }: AddressStore,
  app: number,
  { pusher, sender, phoneCountry }: AddressQuery,
  field: PusherField,
): Promise<Check[]> {
  const what = FIELD_NAMES[field]
  if (pusher[field] === '') {
    const sentence = `${pusher.id} has no ${what}.`
    return [{ check: 'address', state: 'blocks', sentence, action: `Set the ${field} of ${pusher.id}.` }]
  }
  const address = comparableAddress(pusher[field], phoneCountry)
  const has: Check = {
    check: 'address',
    state: 'ok',
    sentence: `${pusher.id} has the ${what} ${maskAddress(address)}.`,
  }
  const [suppression] = await suppressions.find([{ app, sender, address }])
  if (!suppression) return [has, { check: 'addressBlock', state: 'ok', sentence: `The ${what} is not suppressed.` }]
  const { since, reason, id } = suppression
  return [
    has,
    {
      check: 'addressBlock',
      state: 'blocks',
      sentence: `The ${what} has been suppressed for ${sender} since ${day(since)}: ${reason}`,
      action: `Lift the suppression if messages can arrive again: carillon suppression lift ${id}`,
    },
  ]
}

function kindChecks({ pusher: { id }, registered }: AddressQuery, kinds: readonly AddressKind[]): Check[] {
  const ofKinds = registered.filter(({ kind }) => kinds.includes(kind))
  if (ofKinds.length === 0) {
    const sentence = `${id} has no address of the kind ${listed(kinds, 'or')}.`
    return [{ check: 'address', state: 'blocks', sentence, action: `Register one: PUT /v1/pushers/${id}/addresses.` }]
  }
  const shown = ofKinds.map(({ kind, token }) => `${kind} ${shortToken(token)}`)
  const has: Check = { check: 'address', state: 'ok', sentence: `${id} has ${listed(shown, 'and')}.` }
  const disabled = ofKinds.filter(({ disabledAt }) => disabledAt !== null)
  if (disabled.length === 0)
    return [has, { check: 'addressBlock', state: 'ok', sentence: 'None of these addresses is disabled.' }]
  const why = disabled.map(
    ({ kind, token, disabledAt, reason }) =>
      `${kind} ${shortToken(token)} has been disabled since ${day(disabledAt ?? 0)}: ${reason ?? 'no reason was given'}`,
  )
  const action = 'Register the address again once it works.'
  if (disabled.length === ofKinds.length)
    return [has, { check: 'addressBlock', state: 'blocks', sentence: why.join('; '), action }]
  const some = `${disabled.length} of ${ofKinds.length} addresses ${disabled.length === 1 ? 'gets' : 'get'} nothing`
  return [has, { check: 'addressBlock', state: 'partly', sentence: `${some}: ${why.join('; ')}`, action }]
}
