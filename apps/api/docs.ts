import { html, raw } from 'hono/html'
import { curlLine } from './curl-line.ts'
import type { OpenApiDocument, Operation, Schema } from './openapi-document.ts'

type Html = ReturnType<typeof html>

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #f4f4f2; border-radius: 4px }
code { padding: 0 .25em } pre { padding: .75rem; overflow-x: auto } section { margin-bottom: 3rem }
table { border-collapse: collapse } td { padding: .2rem 1rem .2rem 0; vertical-align: top }
h3 code { font-size: 1rem } nav a { margin-right: 1rem } .errors { color: #666; font-size: .9rem }
@media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #ddd } code, pre { background: #2b2b2b } a { color: #8bf } }
`

/** The document as one page to read: no scripts, nothing from elsewhere. */
export async function docsPage(document: OpenApiDocument): Promise<string> {
  const { title, version, description } = document.info
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} API</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <h1>${title} API</h1>
        <p>
          Version ${version}. For machines: <a href="openapi.json">openapi.json</a>. Errors are
          <code>{"err":"…","code":"…"}</code>.
        </p>
        <nav>
          ${document.tags.map(({ name }) => html`<a href="#${name}">${name}</a>`)}<a href="#Signing">Signing</a>
        </nav>
        ${document.tags.map(({ name }) => section(document, name))}
        <section>
          <h2 id="Signing">Signing</h2>
          ${description.split('\n\n').map((text) => html`<p>${text}</p>`)}
          <p>
            The lines above work in open mode. To sign:
            <code>carillon curl POST /pusher/sendmail/push -d pusher=lupino -d data=Hello</code>
          </p>
        </section>
      </body>
    </html>`
  return page.toString()
}

function section(document: OpenApiDocument, tag: string): Html {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const own = operations.filter(({ operation }) => operation.tags.includes(tag))
  return html`<section>
    <h2 id="${tag}">${tag}</h2>
    ${own.map(({ method, path, operation }) => route(method, path, operation))}
  </section>`
}

function route(method: string, path: string, operation: Operation): Html {
  const { summary, description, responses } = operation
  const errors = Object.entries(responses).filter(([status]) => status >= '400')
  return html`<h3>${summary} <code>${method} ${path}</code></h3>
    ${description && html`<p>${prose(description)}</p>`} ${fieldTable(operation)}
    <pre>${curlLine(method, path, operation)}</pre>
    <p class="errors">${errors.map(([status, { description: codes }]) => `${status} ${codes}`).join(' · ')}</p> `
}

function fieldTable({ parameters = [], requestBody }: Operation): Html {
  const [body] = Object.values(requestBody?.content ?? {})
  const { properties = {}, required = [] } = body?.schema ?? {}
  const inUrl = parameters.map(({ name, required: must, description, schema }) =>
    row(name, must, { description, ...schema }),
  )
  const inBody = Object.entries(properties).map(([name, schema]) => row(name, required.includes(name), schema))
  return html`<table>
    ${inUrl}${inBody}
  </table>`
}

function row(name: string, required: boolean, schema: Schema): Html {
  return html`<tr>
    <td><code>${name}</code></td>
    <td>${typeName(schema)}${required ? '' : ', optional'}</td>
    <td>${prose(schema.description ?? '')}</td>
  </tr>`
}

/** Every second part stood between backticks. */
function prose(text: string): (string | Html)[] {
  return text.split('`').map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))
}

function typeName({ type, enum: words, anyOf = [] }: Schema): string {
  if (words) return words.map((word) => JSON.stringify(word)).join(' | ')
  return [type ?? anyOf.map(typeName)].flat().join(' or ')
}
