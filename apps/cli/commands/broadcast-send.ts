import type { Command } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type MessageFlags, messageOf, withMessage } from '../message.ts'

interface SendFlags extends MessageFlags {
  tag?: string
  schedat?: string
}

/** `carillon broadcast send`: one message for every pusher that has a sender, answered by the name of the broadcast. */
export function sendCommand(io: Io): Command {
  const command = settingsCommand('send', 'push one message to all pushers that have a sender, and print its name')
    .argument('<sender>', 'such as sendmail')
    .option('--tag <tag>', 'only to pushers that have this tag')
    .option('--schedat <seconds>', 'when to start, in Unix seconds; default: at once')
  return withSettings(withMessage(command), API_SETTINGS).action(
    (sender: string, data: string | undefined, flags: SendFlags) => {
      const { content, options: common } = messageOf(data, flags)
      const options = { ...common, ...recipientsAndTime(flags) }
      return withClient(io, flags, async (client) => {
        const name =
          'data' in content
            ? await client.pushAll(sender, content.data, options)
            : await client.pushAllTemplate(sender, content.template, content.vars, options)
        io.print(`${name}\n`)
      })
    },
  )
}

function recipientsAndTime({ tag, schedat }: SendFlags): { tag?: string; schedat?: number } {
  if (schedat !== undefined && !/^\d{1,16}$/.test(schedat)) throw new UserError('--schedat must be Unix seconds.')
  // An empty tag, such as that of an unset variable, would reach everybody
  if (tag === '') throw new UserError('--tag must not be empty.')
  return { ...(tag !== undefined && { tag }), ...(schedat !== undefined && { schedat: Number(schedat) }) }
}
