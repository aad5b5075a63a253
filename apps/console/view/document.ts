import { html } from 'hono/html'
import { fileUrl } from '../assets.ts'

export type Html = ReturnType<typeof html>

/** A whole page. Every text in it is escaped. */
export function document(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Carillon</title>
        <link rel="icon" href="${fileUrl('bell.svg')}" />
        <link rel="stylesheet" href="${fileUrl('console.css')}" />
        <script type="module" src="${fileUrl('console.js')}"></script>
      </head>
      <body>
        ${body}
      </body>
    </html>`
}

export const bell = html`<svg class="bell" viewBox="0 0 16 16" aria-hidden="true">
  <path d="M8 1a4 4 0 0 0-4 4c0 4-2 5-2 7h12c0-2-2-3-2-7a4 4 0 0 0-4-4Zm-2 12a2 2 0 0 0 4 0Z" />
</svg>`
