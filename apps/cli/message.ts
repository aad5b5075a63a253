import type { Command } from 'commander'
import type { Flags } from './command.ts'
import { varsOf } from './commands/template.ts'
import { UserError } from './errors.ts'

export interface MessageFlags extends Flags {
  template?: string
  vars?: string
  category?: string
  schedat?: string
  urgent?: boolean
}

/** What a push or a broadcast says, and the options that both have. */
interface Message {
  content: { data: string } | { template: string; vars: object }
  options: { category?: string; schedat?: number; urgent: boolean }
}

/** Adds the argument and the options that `messageOf` reads. */
export function withMessage(command: Command): Command {
  return command
    .argument('[data]', 'the message that the sender expects, such as {"subject": "hello", "text": "world"}')
    .option('--template <name>', 'a stored template, instead of data')
    .option('--vars <json>', 'what the template shows as {{ vars.name }}, such as {"code": "1234"}')
    .option('--category <name>', 'whoever has switched it off gets nothing')
    .option('--schedat <seconds>', 'when to send it, in Unix seconds; default: at once')
    .option('--urgent', 'send it in quiet hours too')
}

/** @throws UserError unless either data or a template is given */
export function messageOf(data: string | undefined, flags: MessageFlags): Message {
  const { template, vars } = flags
  const options = optionsOf(flags)
  if (data !== undefined && template !== undefined) throw new UserError('Give the data or --template, not both.')
  if (data !== undefined && vars !== undefined) throw new UserError('--vars needs --template.')
  if (data !== undefined) return { content: { data }, options }
  if (template === undefined) throw new UserError('Give the data, or --template.')
  return { content: { template, vars: vars === undefined ? {} : varsOf(vars) }, options }
}

function optionsOf({ category, schedat, urgent = false }: MessageFlags): Message['options'] {
  if (schedat !== undefined && !/^\d{1,16}$/.test(schedat)) throw new UserError('--schedat must be Unix seconds.')
  return {
    urgent,
    ...(category !== undefined && { category }),
    ...(schedat !== undefined && { schedat: Number(schedat) }),
  }
}
