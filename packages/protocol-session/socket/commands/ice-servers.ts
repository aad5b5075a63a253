import * as z from 'zod'
import { iceServersFor } from '../../ice.ts'
import { command } from '../command.ts'

/** Asked before each call, so that credentials are fresh. */
export const iceServers = command({
  fields: z.object({}),
  rate: 'others',
  async run({ connection }) {
    const now = Math.floor(Date.now() / 1000)
    return { iceServers: iceServersFor(connection.parts.ice, connection.id, now) }
  },
})
