import { CarillonError } from '@carillon/contract'

/** @throws CarillonError `pusher_not_found`, in the seed's words. */
export function noPusher(id: string): never {
  throw new CarillonError('pusher_not_found', `pusher ${id} not exists.`)
}
