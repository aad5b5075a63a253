import { nullIsAbsent } from '@carillon/contract'
import { type DataRules, type JsonObject, UnsendableMessage } from '@carillon/chat'
import { renderTexts, saysSomething } from '@carillon/template'
import * as z from 'zod'

/** As Discord takes it. */
export interface DiscordMessage {
  content?: string
  embeds?: JsonObject[]
  username?: string
  avatar_url?: string
  allowed_mentions: JsonObject
}

export type DiscordData = z.infer<ReturnType<typeof discordData>>

/** https://docs.discord.com/developers/resources/webhook#execute-webhook */
const LONGEST_CONTENT = 2000
const MOST_EMBEDS = 10
const LONGEST_NAME = 80
/** Characters of the texts of all embeds: https://docs.discord.com/developers/resources/message#embed-object-embed-limits */
const LONGEST_EMBEDS = 6000

/** A message for a webhook: its text, embeds, and what it appears as. */
export function discordData({ object, text, json }: DataRules) {
  return object(
    {
      content: nullIsAbsent(text(LONGEST_CONTENT)),
      embeds: nullIsAbsent(
        z.array(json, 'must be a list of embeds').max(MOST_EMBEDS, `must be at most ${MOST_EMBEDS}`),
      ),
      username: nullIsAbsent(text(LONGEST_NAME)),
      avatar_url: nullIsAbsent(text()),
      allowed_mentions: nullIsAbsent(json),
    },
    'must be a JSON object with content, embeds or both',
  ).refine(({ content, embeds = [] }) => content !== undefined || embeds.length > 0, 'content or embeds is required')
}

/** Whom a text may notify. Nobody by default: a recipient's name could contain `@everyone`. */
const NOBODY = { parse: [] }

export function composeDiscord(data: DiscordData, render: (source: string) => string): DiscordMessage {
  const { content, embeds, username, avatar_url, allowed_mentions = NOBODY } = data
  const message = {
    ...(content !== undefined && { content: render(content) }),
    ...(embeds && { embeds: renderTexts(embeds, render) }),
    ...(username !== undefined && { username: render(username) }),
    ...(avatar_url !== undefined && { avatar_url: render(avatar_url) }),
    allowed_mentions: renderTexts(allowed_mentions, render),
  }
  refuseUnsendable(message)
  return message
}

function refuseUnsendable({ content = '', embeds }: DiscordMessage): void {
  if (!embeds && !saysSomething(content)) throw new UnsendableMessage('the content is empty after rendering')
  if (content.length > LONGEST_CONTENT)
    throw new UnsendableMessage(`the content is longer than ${LONGEST_CONTENT} characters after rendering`)
  const length = (embeds ?? []).reduce((sum, embed) => sum + lengthOf(embed), 0)
  if (length > LONGEST_EMBEDS)
    throw new UnsendableMessage(`the embeds have more than ${LONGEST_EMBEDS} characters after rendering`)
}

/** Characters of an embed's title, description, fields, footer and author, which are those that count. */
function lengthOf({ title, description, fields, footer, author }: JsonObject): number {
  const texts = [title, description, fieldOf(footer, 'text'), fieldOf(author, 'name')]
  const ofFields = Array.isArray(fields)
    ? fields.flatMap((field) => [fieldOf(field, 'name'), fieldOf(field, 'value')])
    : []
  return [...texts, ...ofFields].reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 0), 0)
}

function fieldOf(value: unknown, name: string): unknown {
  return (Object(value) as Record<string, unknown>)[name]
}
