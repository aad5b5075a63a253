import { CarillonError, PARTIAL, type TemplateVersion } from '@carillon/contract'
import { type PreviewPart, previewParts, previewPusherOf } from '@carillon/core'
import { html, raw } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import type { Problems } from '../view/fields.ts'
import { checkedEdit, type Edit, type Look, problemsIn, samplesOf } from './template-edit.ts'

/** What a pusher would read of the editor's texts, and what is wrong with them. */
export interface Shown {
  parts: readonly PreviewPart[]
  /** By input. */
  problems: Problems
  /** Why nothing is shown, if it is none of the inputs. */
  failure?: string
}

/** Renders what is in the editor. */
export async function shownOf(
  c: ConsoleContext,
  deps: Pick<ConsoleDeps, 'core' | 'pushers'>,
  edit: Edit,
  known: TemplateVersion | null,
): Promise<Shown> {
  const samples = samplesOf(edit)
  try {
    const checked = await checkedEdit(c, deps, edit, known)
    const problems = { ...problemsIn(checked), ...problemsIn(samples) }
    if ('problems' in checked || 'problems' in samples) return { parts: [], problems }
    const pusher = await previewPusherOf(deps, c.get('app').id, samples.pusher)
    const draft = { app: c.get('app'), template: checked.template, pusher, vars: samples.vars }
    return { parts: inOrder(previewParts(await deps.core.templates.previewDraft(draft))), problems }
  } catch (error) {
    return { parts: [], problems: problemsIn(samples), failure: failureOf(error) }
  }
}

/** HTML is looked at before the text that says the same. */
function inOrder(parts: readonly PreviewPart[]): PreviewPart[] {
  const first = ['subject', 'html'].flatMap((name) => parts.filter((part) => part.name === name))
  return [...new Set([...first, ...parts])]
}

/** @throws what is not the fault of the template */
function failureOf(error: unknown): string {
  if (!(error instanceof CarillonError)) throw error
  return error.message
}

/** What the recipient reads, with switches for how it looks. Its parts are replaced while somebody types. */
export function previewBox(edit: Edit, { parts, problems, failure }: Shown): Html {
  const hasHtml = ['sendmail', PARTIAL].includes(edit.place.sender) || parts.some(({ name }) => name === 'html')
  const isWrong = Object.values(problems).some(Boolean)
  const sentence = failure ?? (isWrong ? 'Nothing is shown until what is wrong beside the fields is corrected.' : '')
  return html`${hasHtml ? switches(edit) : ''}
    <div id="shown" class="shown" data-result>
      <p class="problem small" role="status">${sentence}</p>
      ${parts.map((part) => partOf(part, edit))}
    </div>`
}

function partOf({ name, text }: PreviewPart, look: Look): Html {
  const title = name === 'html' ? 'HTML' : `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  return html`<h3>${title}</h3>
    ${name === 'html' ? frame(text, look) : name === 'subject' ? html`<p class="subject">${text}</p>` : plain(text)}`
}

function plain(text: string): Html {
  return html`<div class="code">
    <pre><code>${text}</code></pre>
  </div>`
}

/**
 * HTML in a frame that runs no scripts, belongs to no origin, follows no links and, unless it is asked to, loads nothing from
 * elsewhere: otherwise a preview for a real pusher would count as if they had read it.
 */
function frame(text: string, look: Look): Html {
  return html`<div class="screen" tabindex="0" role="group" aria-label="The HTML as it is shown">
    <iframe
      title="The HTML as it is shown"
      class="${look.background}"
      sandbox
      srcdoc="${frameDocument(text, look)}"
    ></iframe>
  </div>`
}

function frameDocument(text: string, { pictures, background }: Look): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:${pictures ? ' https:' : ''}`
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="color-scheme" content="${background}"><base target="_blank">${inColorsOf(background, text)}`
}

/** A browser asks the reader's system whether it is dark, so that the conditions of style sheets are replaced. */
function inColorsOf(background: Look['background'], text: string): string {
  return text.replaceAll(/\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)/gi, (_, wanted: string) =>
    wanted.toLowerCase() === background ? '(min-width: 0px)' : '(max-width: 0px)',
  )
}

/** A style sheet obeys the width. */
function switches({ width, background, pictures }: Look): Html {
  return html`<div class="switches">
    ${choice('Width', 'width', ['desktop', 'phone'], width)}
    ${choice('Background', 'background', ['light', 'dark'], background)}
    <span>
      <input id="pictures" name="pictures" type="checkbox" ${pictures ? raw('checked') : ''} />
      <label for="pictures">Load pictures from elsewhere</label>
    </span>
  </div>`
}

function choice(legend: string, name: string, values: readonly string[], chosen: string): Html {
  return html`<fieldset class="choice">
    <legend class="unseen">${legend}</legend>
    ${values.map(
      (value) =>
        html`<input
            type="radio"
            id="${name}-${value}"
            name="${name}"
            value="${value}"
            ${value === chosen ? raw('checked') : ''}
          /><label for="${name}-${value}">${value.charAt(0).toUpperCase()}${value.slice(1)}</label>`,
    )}
  </fieldset>`
}
