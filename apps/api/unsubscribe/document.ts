import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { baseStyles } from '@carillon/ui'
import { html, raw } from 'hono/html'
import type { PageTexts } from './texts/index.ts'

export type Html = ReturnType<typeof html>

const style = `${baseStyles()}\n${readFileSync(new URL('./page.css', import.meta.url), 'utf8')}`

/**
 * The headers of every answer. The URL is a secret of its reader, so it must not reach other servers, caches or search
 * engines; and no other site may show the page in a frame, where it could make people click.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'X-Robots-Tag': 'noindex, nofollow',
  'X-Content-Type-Options': 'nosniff',
}

/** A page that says one thing. @param sentence in English, for whoever wrote the program that called */
export function messagePage(
  texts: PageTexts,
  { heading, note, sentence = '', from = '' }: { heading: string; note: string; sentence?: string; from?: string },
): Html {
  const detail = sentence === '' ? '' : html`<p class="small quiet" lang="en" dir="ltr">${sentence}</p>`
  const body = html`<section class="card">
    <h1>${heading}</h1>
    <p class="quiet">${note}</p>
    ${detail}
  </section>`
  return document({ texts, from, heading, body })
}

interface Document {
  texts: PageTexts
  from: string
  heading: string
  body: Html
}

/** Its title is what it says, because screen readers begin with that. */
export function document({ texts, from, heading, body }: Document): Html {
  return html`<!doctype html>
    <html lang="${texts.lang}" dir="${texts.dir}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${from === '' ? heading : `${heading} · ${from}`}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <main>${from === '' ? '' : html`<p class="from"><bdi>${from}</bdi></p>`} ${body}</main>
      </body>
    </html>`
}
