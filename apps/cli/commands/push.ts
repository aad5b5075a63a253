import { ApiError, type CarillonClient } from '@carillon/client'
import type { Command } from 'commander'
import { UserError } from '../errors.ts'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'
import { varsOf } from './template.ts'

/** `carillon push`: one push, answered by its name. */
export function pushCommand(io: Io): Command {
  const command = settingsCommand('push', 'push one message, and print its name')
    .argument('<sender>', 'such as sendmail')
    .argument('<pusher>', 'id of the recipient')
    .argument('[data]', 'the message that the sender expects, such as {"subject": "hello", "text": "world"}')
    .option('--template <name>', 'a stored template, instead of data')
    .option('--vars <json>', 'what the template shows as {{ vars.name }}, such as {"code": "1234"}')
    .option('--category <name>', 'nothing is sent if the pusher has switched it off')
    .option('--urgent', 'send it in quiet hours too')
    .option('--force', 'push even if the pusher does not have the sender')
  return withSettings(command, API_SETTINGS).action(
    (sender: string, pusher: string, data: string | undefined, flags: PushFlags) => {
      const push = pushing(data, flags)
      return withClient(io, flags, async (client) => {
        const name = await push(client, sender, pusher).catch(async (error: unknown) => {
          if (!(await isFormerOrder(client, error, sender))) throw error
          io.complain('Name the sender before the pusher: the other order is deprecated.\n')
          return push(client, pusher, sender)
        })
        io.print(`${name}\n`)
      })
    },
  )
}

interface PushFlags extends Flags {
  template?: string
  vars?: string
  category?: string
  urgent?: boolean
  force?: boolean
}

type Push = (client: CarillonClient, sender: string, pusher: string) => Promise<string>

function pushing(
  data: string | undefined,
  { template, vars, category, urgent = false, force = false }: PushFlags,
): Push {
  if ((data === undefined) === (template === undefined)) throw new UserError('Give the data, or --template.')
  if (data !== undefined && vars !== undefined) throw new UserError('--vars needs --template.')
  const options = { force, urgent, ...(category !== undefined && { category }) }
  const values = vars === undefined ? {} : varsOf(vars)
  if (data !== undefined) return (client, sender, pusher) => client.push(sender, pusher, data, options)
  return (client, sender, pusher) => client.pushTemplate(sender, pusher, template!, values, options)
}

/** Up to 0.1.0 the pusher came first. Then there is no pusher with the sender's name, but one with the other. */
async function isFormerOrder(client: CarillonClient, error: unknown, first: string): Promise<boolean> {
  return error instanceof ApiError && error.status === 404 && (await client.getPusher(first)) !== null
}
