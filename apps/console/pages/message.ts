import { isReference, type PushRecord, referenceText } from '@carillon/contract'
import type { Preview } from '@carillon/core'
import { html } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { actionButton } from '../view/forms.ts'
import { below } from '../view/link.ts'
import { masked } from '../view/masked.ts'
import { PUSHES } from './pushes.ts'

/** What was pushed, data or a template with vars, and what the pusher reads of it. */
export interface Message {
  data: string
  /** Null: the sender has none. */
  preview: Preview | null
}

/** Null: it was erased. */
export async function messageOf(
  c: ConsoleContext,
  { history, core }: ConsoleDeps,
  push: PushRecord,
): Promise<Message | null> {
  const app = c.get('app').id
  const raw = await history.message(app, push.id)
  if (raw === null) return null
  return { data: isReference(raw) ? referenceText(raw) : raw, preview: await core.preview(app, push, raw) }
}

/** A message, of which only the shape is shown as long as it is masked. */
export function messageBox(
  c: ConsoleContext,
  { id, pusher }: PushRecord,
  message: Message | null,
  isMasked: boolean,
): Html {
  if (!message) return html`<p class="quiet">It was erased with its pusher.</p>`
  const data = codeBox(isMasked ? masked(message.data) : indented(message.data))
  return html`${
    message.preview
      ? html`<h3>As ${pusher} reads it</h3>
          ${previewBox(message.preview, isMasked)}
          <h3>As it was pushed</h3>`
      : ''
  }
  ${data} ${isMasked ? showButton(c, id) : ''}`
}

function showButton(c: ConsoleContext, id: string): Html {
  return html`<div class="buttons">
    ${actionButton(c, { path: below(PUSHES, id, 'message'), label: 'Show the message' })}
    <span class="quiet small">Its texts are masked. Whoever shows them is written down in the audit.</span>
  </div>`
}

/** HTML is shown as its source: a page of a stranger could load pictures from anywhere. */
function previewBox(preview: Preview, isMasked: boolean): Html {
  if ('failure' in preview)
    return html`<p class="problem">It cannot be rendered${isMasked ? '.' : `: ${preview.failure}`}</p>`
  return html`<dl class="message">
    ${preview.parts.map(({ name, text, isJson }) => {
      const isCode = isJson || (name === 'html' && !isMasked)
      const shown = isMasked ? masked(text) : text
      return html`<dt>${name}</dt>
        <dd>${isCode ? codeBox(shown) : html`<p>${shown}</p>`}</dd>`
    })}
  </dl>`
}

function codeBox(text: string): Html {
  return html`<div class="code">
    <pre><code>${text}</code></pre>
  </div>`
}

/** JSON with line breaks; other text as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
