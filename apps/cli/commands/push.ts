import { ApiError, type CarillonClient, type Priority } from '@carillon/client'
import { type Command, Option } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, settingsCommand, withSettings } from '../command.ts'
import type { Io } from '../io.ts'
import { type MessageFlags, messageOf, withMessage } from '../message.ts'

/** `carillon push`: one push, answered by its name. */
export function pushCommand(io: Io): Command {
  const command = settingsCommand('push', 'push one message, and print its name')
    .argument('<sender>', 'such as sendmail')
    .argument('<pusher>', 'id of the recipient')
    .option('--force', 'push even if the pusher does not have the sender')
    .addOption(
      new Option('--priority <level>', 'high is sent before all others, and in quiet hours too').choices(PRIORITIES),
    )
  return withSettings(withMessage(command), API_SETTINGS).action(
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

const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low']

interface PushFlags extends MessageFlags {
  force?: boolean
  priority?: Priority
}

type Push = (client: CarillonClient, sender: string, pusher: string) => Promise<string>

function pushing(data: string | undefined, flags: PushFlags): Push {
  const { content, options: common } = messageOf(data, flags)
  const { force = false, priority } = flags
  const options = { ...common, force, ...(priority !== undefined && { priority }) }
  if ('data' in content) return (client, sender, pusher) => client.push(sender, pusher, content.data, options)
  return (client, sender, pusher) => client.pushTemplate(sender, pusher, content.template, content.vars, options)
}

/** Up to 0.1.0 the pusher came first. Then there is no pusher with the sender's name, but one with the other. */
async function isFormerOrder(client: CarillonClient, error: unknown, first: string): Promise<boolean> {
  return error instanceof ApiError && error.status === 404 && (await client.getPusher(first)) !== null
}
