import type { AddressApi, PusherAddresses, ShownAddress } from '@carillon/contract'
import { type ApiCall, path } from './request.ts'

/** The calls about the places at which a pusher can be reached. */
export function addressCalls(call: ApiCall): AddressApi {
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
