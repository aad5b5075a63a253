import { nullIsAbsent } from '@carillon/contract'
import { type DataRules, type JsonObject, UnsendableMessage } from '@carillon/chat'
import { renderTexts, saysSomething } from '@carillon/template'
import * as z from 'zod'

/** An Adaptive Card, as a workflow takes it. */
export interface TeamsMessage {
  type: 'message'
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive'; contentUrl: null; content: JsonObject }]
}

export type TeamsData = z.infer<ReturnType<typeof teamsData>>

/** Bytes of a message: https://learn.microsoft.com/en-us/connectors/teams/#known-issues-and-limitations-with-actions */
const MOST_BYTES = 28 * 1024
const TOO_LARGE = `must be at most ${MOST_BYTES / 1024} KB`
const MOST_FACTS = 100
const NO_URL = 'must be an http or https address'

/** What a card is made of, or a `card` of the caller's own. */
export function teamsData({ object, text, json }: DataRules) {
  const fact = object({ title: text(), value: text() }, 'must be an object with title and value')
  return object(
    {
      title: nullIsAbsent(text(MOST_BYTES)),
      text: nullIsAbsent(text(MOST_BYTES)),
      facts: nullIsAbsent(
        z.array(fact, 'must be a list of titles and values').max(MOST_FACTS, `must be at most ${MOST_FACTS}`),
      ),
      url: nullIsAbsent(text().refine(mayBecomeUrl, NO_URL)),
      card: nullIsAbsent(json),
    },
    'must be a JSON object with title, text, facts and url, or with card',
  )
    .refine((data) => hasContent(data), 'title, text, facts or card is required')
    .refine((data) => !data.card || isOnlyCard(data), 'card is the whole message: leave out title, text, facts and url')
    .refine(({ card }) => !card || hasTemplates(card) || sizeOf(messageOf(card)) <= MOST_BYTES, {
      path: ['card'],
      message: TOO_LARGE,
    })
}

type Fields = { [Name in 'title' | 'text' | 'facts' | 'url' | 'card']?: unknown }

function hasContent({ title, text, facts, card }: Fields): boolean {
  return [title, text, facts, card].some((field) => field !== undefined)
}

function isOnlyCard({ title, text, facts, url }: Fields): boolean {
  return [title, text, facts, url].every((field) => field === undefined)
}

function hasTemplates(card: JsonObject): boolean {
  return /\{[{%]/.test(JSON.stringify(card))
}

function mayBecomeUrl(source: string): boolean {
  return /\{[{%]/.test(source) || isWebUrl(source)
}

function isWebUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

export function composeTeams(data: TeamsData, render: (source: string) => string): TeamsMessage {
  const message = messageOf(data.card ? renderTexts(data.card, render) : cardOf(data, render))
  if (sizeOf(message) > MOST_BYTES)
    throw new UnsendableMessage(`the card is larger than ${MOST_BYTES / 1024} KB after rendering`)
  return message
}

/** Teams shows version 1.5: https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-reference */
function cardOf(
  { title, text, facts, url }: Pick<TeamsData, 'title' | 'text' | 'facts' | 'url'>,
  render: (source: string) => string,
): JsonObject {
  const [heading, paragraph] = [title, text].map((source) => (source === undefined ? '' : render(source)))
  const shown = (facts ?? []).map((fact) => ({ title: render(fact.title), value: render(fact.value) }))
  if (![heading, paragraph].some((part) => saysSomething(part ?? '')) && shown.length === 0)
    throw new UnsendableMessage('the title and the text are empty after rendering')
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    body: [
      ...(heading ? [{ type: 'TextBlock', text: heading, size: 'Large', weight: 'Bolder', wrap: true }] : []),
      ...(paragraph ? [{ type: 'TextBlock', text: paragraph, wrap: true }] : []),
      ...(shown.length > 0 ? [{ type: 'FactSet', facts: shown }] : []),
    ],
    ...(url !== undefined && { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: urlOf(render(url)) }] }),
  }
}

function urlOf(rendered: string): string {
  if (!isWebUrl(rendered)) throw new UnsendableMessage('url does not render to an http or https address')
  return rendered
}

function messageOf(card: JsonObject): TeamsMessage {
  const contentType = 'application/vnd.microsoft.card.adaptive'
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content: card }] }
}

function sizeOf(message: TeamsMessage): number {
  return Buffer.byteLength(JSON.stringify(message))
}
