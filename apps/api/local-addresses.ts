import type { AddressApi } from '@carillon/contract'
import * as z from 'zod'
import { check } from './endpoint.ts'
import { addressFields, addressId, type AddressDeps, allAddresses, register } from './routes/addresses.ts'

const removed = z.object({ id: addressId })

/** The calls about addresses, without HTTP, for one app. Fields are checked as those of a request. */
export function localAddresses(app: number, deps: AddressDeps): AddressApi {
  return {
    registerAddress: async (pusher, fields) =>
      (await register(app, pusher, check(addressFields, fields), deps)).address,
    getAddresses: (pusher) => allAddresses(app, pusher, deps),
    removeAddress: async (pusher, id) => deps.addresses.removeOf(app, pusher, check(removed, { id }).id),
  }
}
