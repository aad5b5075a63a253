import type { RenderedPush } from '@carillon/contract'
import { saysSomething, type Templates } from '@carillon/template'
import { compile } from 'html-to-text'
import type { MailData } from './data.ts'

/** The two parts of a mail, which say the same. */
export interface Bodies {
  text: string
  html: string
}

/** A tag, a comment or an entity. */
const MARKUP = /<!--|<!doctype\b|<\/?[a-z][a-z0-9-]*(?:\s[^<>]*|\/)?>|&(?:[a-z]{2,8}|#\d{1,7}|#x[\da-f]{1,6});/i

const HTML_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** @throws TemplateError */
type RenderBodies = (push: RenderedPush<MailData>) => Bodies

/**
 * Without `html`, the template of `text` decides which of the two it is, never the values in it:
 * with markup it is the HTML part and makes the text part, without it the other way round.
 */
export function bodyRenderer(templates: Templates): RenderBodies {
  const textOf = textMaker()
  const withText = rememberingLast((html) => ({ text: textOf(html), html }))
  const withHtml = rememberingLast(addHtml)
  return (push) => {
    const { text, html } = push.data
    const renderText = (source: string) => templates.compile(source)(push)
    const renderHtml = (source: string) => templates.compile(source, { markup: 'html' })(push)
    if (html) return filled({ text: renderText(text), html: renderHtml(html) }, textOf)
    return MARKUP.test(text) ? withText(renderHtml(text)) : withHtml(renderText(text))
  }
}

/** Where one of two parts renders to nothing, the other one makes it. */
function filled({ text, html }: Bodies, textOf: (html: string) => string): Bodies {
  if (!saysSomething(html)) return addHtml(text)
  return { text: saysSomething(text) ? text : textOf(html), html }
}

/** What shows something without a word. */
const PICTURE = /<(?:img|picture|svg|video|audio|object|iframe|canvas|input|button|hr)\b/i

/** An email without text and pictures is not sent. */
export function isNothing({ text, html }: Bodies): boolean {
  return !saysSomething(text) && !PICTURE.test(html)
}

function addHtml(text: string): Bodies {
  return {
    text,
    html: text.replace(/[&<>"']/g, (sign) => HTML_ENTITIES[sign] ?? sign).replace(/\r\n|\r|\n/g, '<br>\n'),
  }
}

/** Made on first use: it takes 10 ms, which would delay a start. */
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

/** Remembers the last result. The pushes of a broadcast come together, and mostly have the same text. */
function rememberingLast<Made>(make: (text: string) => Made) {
  let last: { text: string; made: Made } | undefined
  return (text: string): Made => {
    if (last?.text !== text) last = { text, made: make(text) }
    return last.made
  }
}
