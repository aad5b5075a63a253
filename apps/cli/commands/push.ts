import { ApiError, type CarillonClient } from '@carillon/client'
import type { Command } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'

/** `carillon push`: one push, answered by its name. */
export function pushCommand(io: Io): Command {
  const command = settingsCommand('push', 'push one message, and print its name')
    .argument('<sender>', 'such as sendmail')
    .argument('<pusher>', 'id of the recipient')
    .argument('<data>', 'the message that the sender expects, such as {"subject": "hello", "text": "world"}')
    .option('--force', 'push even if the pusher does not have the sender')
  return withSettings(command, API_SETTINGS).action((sender: string, pusher: string, data: string, flags: Flags) =>
    withClient(io, flags, async (client) => {
      const options = { force: flags['force'] === true }
      const name = await client.push(sender, pusher, data, options).catch(async (error: unknown) => {
        if (!(await isFormerOrder(client, error, sender))) throw error
        io.complain('Name the sender before the pusher: the other order is deprecated.\n')
        return client.push(pusher, sender, data, options)
      })
      io.print(`${name}\n`)
    }),
  )
}

/** Up to 0.1.0 the pusher came first. Then there is no pusher with the sender's name, but one with the other. */
async function isFormerOrder(client: CarillonClient, error: unknown, first: string): Promise<boolean> {
  return error instanceof ApiError && error.status === 404 && (await client.getPusher(first)) !== null
}
