import type { Command } from 'commander'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type MessageFlags, messageOf, withMessage } from '../message.ts'

interface SendFlags extends MessageFlags {
  tag?: string
}

/** `carillon broadcast send`: one message for every pusher that has a sender, answered by the name of the broadcast. */
export function sendCommand(io: Io): Command {
  const command = settingsCommand('send', 'push one message to all pushers that have a sender, and print its name')
    .argument('<sender>', 'such as sendmail')
    .option('--tag <tag>', 'only to pushers that have this tag')
  return withSettings(withMessage(command), API_SETTINGS).action(
    (sender: string, data: string | undefined, flags: SendFlags) => {
      const { content, options: common } = messageOf(data, flags)
      const options = { ...common, ...recipientsOf(flags) }
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

function recipientsOf({ tag }: SendFlags): { tag?: string } {
  // An empty tag, such as that of an unset variable, would reach everybody
  if (tag === '') throw new UserError('--tag must not be empty.')
  return tag === undefined ? {} : { tag }
}
