import type { PoolConfig } from 'pg'

/** Those of libpq that the driver reads as `verify-full` already, but writes a warning to the console about. */
const VERIFYING = /([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/

/** What the driver is given for a URL. A certificate is always checked, except with `sslmode=no-verify`. */
export function serverConfig(url: string): PoolConfig {
  const isLibpq = /[?&]uselibpqcompat=true(?:&|$)/.test(url)
  return { connectionString: isLibpq ? url : url.replace(VERIFYING, '$1verify-full'), keepAlive: true }
}
