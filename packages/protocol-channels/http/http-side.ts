import type { HttpSide } from '@carillon/contract'
import type { ChannelsParts } from '../parts.ts'

export function httpSide(_: ChannelsParts): HttpSide {
  return { paths: ['/apps'], fetch: () => Response.json({ error: 'not yet' }, { status: 501 }) }
}
