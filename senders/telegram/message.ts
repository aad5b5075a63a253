import { nullIsAbsent } from '@carillon/contract'
import { type DataRules, type JsonObject, UnsendableMessage } from '@carillon/chat'
import { type Markup, renderTexts, saysSomething, type TemplateOptions } from '@carillon/template'
import * as z from 'zod'

/** As Telegram takes it. */
export interface TelegramMessage {
  text: string
  parse_mode?: ParseMode
  reply_markup?: JsonObject
}

type ParseMode = keyof typeof MARKUPS

export type TelegramData = z.infer<ReturnType<typeof telegramData>>

/** Without markup, which does not count: https://core.telegram.org/bots/api#sendmessage */
const LONGEST_TEXT = 4096
const TOO_LONG = `must be at most ${LONGEST_TEXT} characters`

/** The old `Markdown` is left out: values cannot be escaped for it. */
const MARKUPS = { HTML: 'html', MarkdownV2: 'markdownV2' } as const satisfies Record<string, Markup>

/** What `sendMessage` takes beside the chat. */
export function telegramData({ object, text, json }: DataRules) {
  return object(
    {
      text: text(),
      parse_mode: nullIsAbsent(z.enum(['HTML', 'MarkdownV2'], 'must be HTML or MarkdownV2')),
      reply_markup: nullIsAbsent(json),
    },
    'must be a JSON object with text',
  ).refine((data) => data.parse_mode || data.text.length <= LONGEST_TEXT || /\{[{%]/.test(data.text), {
    path: ['text'],
    message: TOO_LONG,
  })
}

export function composeTelegram(
  { text: source, parse_mode, reply_markup }: TelegramData,
  render: (source: string, options?: TemplateOptions) => string,
): TelegramMessage {
  const text = render(source, { markup: parse_mode && MARKUPS[parse_mode] })
  if (!saysSomething(text)) throw new UnsendableMessage('the text is empty after rendering')
  if (!parse_mode && text.length > LONGEST_TEXT)
    throw new UnsendableMessage(`the text is longer than ${LONGEST_TEXT} characters after rendering`)
  return {
    text,
    ...(parse_mode && { parse_mode }),
    ...(reply_markup && { reply_markup: renderTexts(reply_markup, (label) => render(label)) }),
  }
}
