/**
 * @param sdp of an answer
 * @param address that a router before this machine passes on to it, with the ports as they are
 * @returns it, with each place of this machine at that address as well
 */
export function announced(sdp: string, address: string | undefined): string {
  if (address === undefined) return sdp
  return sdp.replace(HOST_CANDIDATE, (line, start: string, port: string) => `${line}\r\n${start} ${address} ${port}`)
}

/** RFC 8839, 5.1: foundation, component, transport and priority, then address, port and type. */
const HOST_CANDIDATE = /^(a=candidate:\S+ \d+ udp \d+) [\d.]+ (\d+ typ host.*)$/gim
