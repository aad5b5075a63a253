import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns'
import ipaddr from 'ipaddr.js'

export class PrivateAddress extends Error {
  constructor() {
    super('The URL points at a private address; ALLOW_PRIVATE_HOOKS=1 allows that.')
  }
}

type Answer = (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void

/** A host's addresses, when all of them are public: what was looked at is what is connected to. */
export function publicLookup(hostname: string, options: LookupOptions, answer: Answer): void {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return answer(error, [])
    if (!addresses.every(({ address }) => isPublic(address))) return answer(new PrivateAddress(), [])
    if (options.all) return answer(null, addresses)
    return answer(null, addresses[0]!.address, addresses[0]!.family)
  })
}

/** A host that is an address itself is never looked up. */
export function isPrivateLiteral(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  return ipaddr.isValid(address) && !isPublic(address)
}

/** An IPv4 address inside of an IPv6 one counts as what it is. */
function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast'
}
