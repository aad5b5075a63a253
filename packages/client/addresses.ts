import type { AddressFields, PusherAddresses, ShownAddress } from '@carillon/contract'
import { type ApiCall, path } from './request.ts'

export interface AddressCalls {
  /** The same token again keeps its id and enables the address; a token of another pusher moves to this one. */
  registerAddress(pusher: string, fields: AddressFields): Promise<ShownAddress>
  /** With the email address and the phone number, and what keeps messages from each. */
  getAddresses(pusher: string): Promise<PusherAddresses>
  /** @throws ApiError `address_not_found`. */
  removeAddress(pusher: string, id: string): Promise<void>
}

/** The calls about the places at which a pusher can be reached. */
export function addressCalls(call: ApiCall): AddressCalls {
  return {
    async registerAddress(pusher, fields) {
      const content = { form: { ...fields } }
      return (await call<{ address: ShownAddress }>('PUT', path`/v1/pushers/${pusher}/addresses`, content)).address
    },
    async getAddresses(pusher) {
      return call<PusherAddresses>('GET', path`/v1/pushers/${pusher}/addresses`)
    },
    async removeAddress(pusher, id) {
      await call('DELETE', path`/v1/pushers/${pusher}/addresses/${id}`)
    },
  }
}
