import { html, raw } from 'hono/html'
import type { Snippets } from './snippets.ts'

export type Html = ReturnType<typeof html>

/** A sentence in which backticks enclose code. */
export function prose(text: string): (string | Html)[] {
  return text.split('`').map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))
}

/** Code with a title and a button that copies it. `id` is unique on the page. */
export function codeBlock(id: string, title: string | Html, code: string): Html {
  return html`<div class="code">
    <header><span>${title}</span><button type="button" data-copy="${id}" aria-label="Copy">Copy</button></header>
    <pre class="lines" tabindex="0"><code id="${id}">${code}</code></pre>
  </div>`
}

/** The same program in each language, of which the style sheet shows the one that is chosen. */
export function codeBlocks(id: string, title: string | Html, snippets: Snippets): Html[] {
  return Object.entries(snippets).flatMap(([language, { signed, open }]) =>
    signed === open
      ? [html`<div data-language="${language}">${codeBlock(`${id}-${language}`, title, signed)}</div>`]
      : Object.entries({ signed, open }).map(
          ([mode, code]) =>
            html`<div data-language="${language}" data-mode="${mode}">
              ${codeBlock(`${id}-${language}-${mode}`, title, code)}
            </div>`,
        ),
  )
}

/** Radio buttons, of which the style sheet knows which one is checked. */
export function choice(name: string, title: string, options: string[][], checked: string): Html {
  return html`<fieldset class="choice">
    <legend class="unseen">${title}</legend>
    ${options.map(
      ([value, label]) =>
        html`<input
            id="${name}-${value}"
            type="radio"
            name="${name}"
            value="${value}"
            ${value === checked ? raw('checked') : ''}
          /><label for="${name}-${value}">${label}</label>`,
    )}
  </fieldset>`
}
