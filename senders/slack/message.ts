import { nullIsAbsent } from '@carillon/contract'
import { type DataRules, type JsonObject, UnsendableMessage } from '@carillon/chat'
import { renderTexts, saysSomething, type TemplateOptions } from '@carillon/template'
import * as z from 'zod'

/** As Slack takes it. */
export interface SlackMessage {
  text?: string
  blocks?: JsonObject[]
}

export type SlackData = z.infer<ReturnType<typeof slackData>>

/** Characters; Slack cuts off what is longer. https://docs.slack.dev/changelog/2018-truncating-really-long-messages */
const LONGEST_TEXT = 40_000
/** https://docs.slack.dev/reference/block-kit/blocks */
const MOST_BLOCKS = 50

/** `text` is what notifications show, and the message itself where there are no `blocks`. */
export function slackData({ object, text, json }: DataRules) {
  return object(
    {
      text: nullIsAbsent(text(LONGEST_TEXT)),
      blocks: nullIsAbsent(
        z.array(json, 'must be a list of blocks').max(MOST_BLOCKS, `must be at most ${MOST_BLOCKS}`),
      ),
    },
    'must be a JSON object with text, blocks or both',
  ).refine((data) => data.text !== undefined || (data.blocks ?? []).length > 0, 'text or blocks is required')
}

export function composeSlack(
  { text, blocks }: SlackData,
  render: (source: string, options?: TemplateOptions) => string,
): SlackMessage {
  const message = {
    ...(text !== undefined && { text: render(text, { markup: 'mrkdwn' }) }),
    ...(blocks && {
      blocks: renderTexts(blocks, (source, within) => render(source, markupOf(within))),
    }),
  }
  if (!blocks && !saysSomething(message.text ?? '')) throw new UnsendableMessage('the text is empty after rendering')
  if ((message.text ?? '').length > LONGEST_TEXT)
    throw new UnsendableMessage(`the text is longer than ${LONGEST_TEXT} characters after rendering`)
  return message
}

/** Of the text objects in blocks, only those of this type are read as markup. */
function markupOf(within: Readonly<Record<string, unknown>> | undefined): TemplateOptions {
  return within?.['type'] === 'mrkdwn' ? { markup: 'mrkdwn' } : {}
}
