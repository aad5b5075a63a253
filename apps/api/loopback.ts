const HOST = /^(?:localhost|(?:[\w-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i
const ADDRESS = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/i

/** Of a Host header, with or without its port; HTTP/1.0 clients send none. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host === undefined || HOST.test(host.replace(/:\d+$/, ''))
}

/** Of a peer; absent outside a server of node:http. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && ADDRESS.test(address)
}
