import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { baseStyles, copyScript } from '@carillon/ui'
import { html, raw } from 'hono/html'
import type { OpenApiDocument } from '../openapi-document.ts'
import { sections } from '../routes/index.ts'
import { authentication, errors, firstCalls } from './guide.ts'
import { anchorOf, type DocumentedCall, operationSection, sharedShape } from './operation.ts'
import { type ApiAddress, snippetsOf } from './snippets.ts'
import { choice, type Html } from './text.ts'

export interface DocsPageOptions {
  document: OpenApiDocument
  address: ApiAddress
  /** The server needs no signatures. */
  isOpen: boolean
}

const style = `${baseStyles()}\n${readFileSync(new URL('./docs.css', import.meta.url), 'utf8')}`
const script = `${copyScript()}\n${readFileSync(new URL('./docs.js', import.meta.url), 'utf8')}`

/** The page's content security policy: its own style and script, and nothing from elsewhere. */
export const docsPolicy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}`

/** The document as one page to read, with examples for the address at which the reader reached it. */
export async function docsPage({ document, address, isOpen }: DocsPageOptions): Promise<string> {
  const chapters = chaptersOf(document, address)
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Carillon API</title>
        ${raw(`<style>${style}</style><script type="module">${script}</script>`)}
      </head>
      <body>
        ${bar(document.info.version)}
        <input id="menu" type="checkbox" class="unseen" aria-label="Show the contents" />
        ${contents(chapters, address.prefix)}
        <main>
          ${firstCalls(
            address,
            isOpen,
            chapters.flatMap(({ calls }) => calls),
          )}
          ${authentication(address, isOpen)} ${errors()} ${chapters.map(chapterSection)}
        </main>
      </body>
    </html>`
  return page.toString()
}

interface Chapter {
  title: string
  calls: DocumentedCall[]
  /** Names of the shapes that are described here: those that no chapter before needs. */
  shapes: string[]
  document: OpenApiDocument
}

function chaptersOf(document: OpenApiDocument, address: ApiAddress): Chapter[] {
  const described = new Set(['Error'])
  return sections.map(({ title, routes }) => {
    const calls = Map.groupBy(routes, ([, , endpoint]) => endpoint)
      .entries()
      .map(([endpoint, [first, ...others]]): DocumentedCall => {
        const [method, path] = first!
        const operation = document.paths[path]![method.toLowerCase()]!
        const snippets = snippetsOf(method, path, operation, address)
        return {
          method,
          path,
          operation,
          endpoint,
          snippets,
          aliases: others.map((route) => `${route[0]} ${route[1]}`),
        }
      })
      .toArray()
    const shapes = shapesIn(document, JSON.stringify(calls.map(({ operation }) => operation.responses)))
    const own = shapes.filter((name) => !described.has(name))
    own.forEach((name) => described.add(name))
    return { title, calls, shapes: own, document }
  })
}

/** Names of the shapes to which a text refers, also by way of others. */
function shapesIn({ components }: OpenApiDocument, text: string): string[] {
  const found = new Set<string>()
  const search = (within: string) => {
    for (const [, name = ''] of within.matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (found.has(name)) continue
      found.add(name)
      search(JSON.stringify(components.schemas[name]))
    }
  }
  search(text)
  return [...found]
}

function bar(version: string): Html {
  const languages = [
    ['curl', 'curl'],
    ['typescript', 'TypeScript'],
    ['python', 'Python'],
  ]
  return html`<header class="bar">
    <a class="brand" href="#start">Carillon API</a>
    <span class="quiet small version">${version}</span>
    ${choice('language', 'Language of the examples', languages, 'curl')}
    <label class="menu-button" for="menu">Contents</label>
  </header>`
}

function contents(chapters: Chapter[], prefix: string): Html {
  return html`<nav class="contents" aria-label="Contents">
    <h2>Guide</h2>
    <ul>
      <li><a href="#start">First calls</a></li>
      <li><a href="#authentication">Authentication</a></li>
      <li><a href="#errors">Errors</a></li>
      <li><a href="${prefix}/openapi.json">openapi.json</a></li>
    </ul>
    ${chapters.map(
      ({ title, calls, shapes }) =>
        html`<h2><a href="#${title}">${title}</a></h2>
          <ul>
            ${calls.map((call) => html`<li><a href="#${anchorOf(call)}">${call.operation.summary}</a></li>`)}
            ${shapes.map((name) => html`<li><a href="#${name}">The ${name} object</a></li>`)}
          </ul>`,
    )}
  </nav>`
}

function chapterSection({ title, calls, shapes, document }: Chapter): Html {
  return html`<section class="chapter" aria-labelledby="${title}">
    <h2 id="${title}">${title}</h2>
    ${calls.map(operationSection)} ${shapes.map((name) => sharedShape(name, document.components.schemas[name] ?? {}))}
  </section>`
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
