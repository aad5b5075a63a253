import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns'
import ipaddr from 'ipaddr.js'

export class PrivateAddress extends Error {
  constructor() {
    super('The URL points at a private address; ALLOW_PRIVATE_HOOKS=1 allows that.')
  }
}

type LookupCallback = (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void

/** A host's addresses, when all of them are public. The socket connects to the addresses that were checked. */
export function publicLookup(hostname: string, options: LookupOptions, answer: LookupCallback): void {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return answer(error, [])
    if (!addresses.every(({ address }) => isPublic(address))) return answer(new PrivateAddress(), [])
    if (options.all) return answer(null, addresses)
    return answer(null, addresses[0]!.address, addresses[0]!.family)
  })
}

/** Whether a host of a URL is private as far as it shows by itself, without being looked up. */
export function isPrivateHost(hostname: string): boolean {
  if (LOCALHOST.test(hostname)) return true
  const address = hostname.replace(/^\[|\]$/g, '')
  return ipaddr.isValid(address) && !isPublic(address)
}

/** RFC 6761, 6.3. */
const LOCALHOST = /^(?:.+\.)?localhost\.?$/i

/**
 * True only for addresses of the public Internet. An IPv4 address inside an IPv6 one (`::ffff:0:0/96`, and `64:ff9b::/96`
 * where a NAT64 translates) counts as what it is.
 */
function isPublic(address: string): boolean {
  if (IPV4_COMPATIBLE.test(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return !isIn(parsed, specialIPv4)
  if (isIn(parsed, nat64)) return isPublic(parsed.toByteArray().slice(-4).join('.'))
  return isIn(parsed, globalUnicast) && !isIn(parsed, specialIPv6)
}

/** Deprecated and never routed; the library takes it for a mapped address. */
const IPV4_COMPATIBLE = /^::[\d.]+\.\d+$/

type Ranges = ReturnType<typeof ipaddr.parseCIDR>[]

function isIn(address: ReturnType<typeof ipaddr.process>, some: Ranges): boolean {
  return some.some((range) => address.match(range))
}

function ranges(...texts: string[]): Ranges {
  return texts.map((text) => ipaddr.parseCIDR(text))
}

/** IANA's registry of special-purpose IPv4 addresses, and multicast. */
const specialIPv4 = ranges(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
)

/** All that IANA has given out for the public; everything else is local, multicast, reserved or a transition's. */
const globalUnicast = ranges('2000::/3')

const nat64 = ranges('64:ff9b::/96')

/** IANA's registry of special-purpose IPv6 addresses, as far as it is within 2000::/3. */
const specialIPv6 = ranges(
  '2001::/23', // protocol assignments, among them Teredo, benchmarks and ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which wraps any IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
)
