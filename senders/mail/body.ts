import type { Pusher } from '@carillon/contract'
import type { Templates } from '@carillon/template'
import { compile } from 'html-to-text'
import type { MailData } from './data.ts'
import { rememberingLast } from './remembering-last.ts'

/** The two parts of a mail, which say the same. */
interface Bodies {
  text: string
  html: string
}

/** A tag, a comment or an entity. */
const MARKUP = /<!--|<!doctype\b|<\/?[a-z][a-z0-9-]*(?:\s[^<>]*|\/)?>|&(?:[a-z]{2,8}|#\d{1,7}|#x[\da-f]{1,6});/i

const HTML_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** @throws TemplateError */
export type RenderBodies = (data: MailData, pusher: Pusher) => Bodies

/**
 * Without `html`, the template of `text` decides which of the two it is, never the values in it:
 * with markup it is the HTML part and makes the text part, without it the other way round.
 */
export function bodyRenderer(templates: Templates): RenderBodies {
  const textOf = textMaker()
  const withText = rememberingLast(
    (html: string) => html,
    (html: string) => ({ text: textOf(html), html }),
  )
  const withHtml = rememberingLast((text: string) => text, addHtml)
  return ({ text, html }, pusher) => {
    const renderText = (source: string) => templates.compile(source)(pusher)
    const renderHtml = (source: string) => templates.compile(source, { html: true })(pusher)
    if (html) return { text: renderText(text), html: renderHtml(html) }
    return MARKUP.test(text) ? withText(renderHtml(text)) : withHtml(renderText(text))
  }
}

function addHtml(text: string): Bodies {
  return {
    text,
    html: text.replace(/[&<>"']/g, (sign) => HTML_ENTITIES[sign] ?? sign).replace(/\r\n|\r|\n/g, '<br>\n'),
  }
}

/** Made when there is something to read: it takes a hundredth of a second, which a start would wait for. */
function textMaker(): (html: string) => string {
  let convert: ReturnType<typeof converter> | undefined
  return (html) => (convert ??= converter())(html)
}

function converter() {
  return compile({
    wordwrap: false,
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
      { selector: 'img', format: 'skip' }, // else their addresses, or all their bytes
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  })
}
