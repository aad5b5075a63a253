import { html } from 'hono/html'
import type { Endpoint } from '../endpoint.ts'
import type { Operation, Schema } from '../openapi-document.ts'
import { errorList } from './error-meanings.ts'
import type { Snippets } from './snippets.ts'
import { codeBlock, codeBlocks, type Html, prose } from './text.ts'

/** A call of the API, with all that the page shows of it. */
export interface DocumentedCall {
  method: string
  path: string
  /** Other routes that do the same, such as `POST /pusher/{sender}/remove`. */
  aliases: string[]
  operation: Operation
  endpoint: Endpoint
  snippets: Snippets
}

/** The fragment that links to a call: `post-pusher-sender-push`. */
export function anchorOf({ method, path }: Pick<DocumentedCall, 'method' | 'path'>): string {
  return `${method}${path}`.toLowerCase().replaceAll(/[{}]/g, '').replace(/\/$/, '').replaceAll('/', '-')
}

export function operationSection(call: DocumentedCall): Html {
  const { method, path, aliases, operation, endpoint, snippets } = call
  const id = anchorOf(call)
  return html`<article class="call" aria-labelledby="${id}">
    <div>
      <h3 id="${id}"><a href="#${id}">${operation.summary}</a></h3>
      <p class="route"><code>${method} ${path}</code></p>
      ${operation.description && html`<p>${prose(operation.description)}</p>`}
      ${endpoint.guard === 'user' && html`<p>For apps and browsers: a user token, no signature.</p>`}
      ${endpoint.guard === 'admin' && html`<p>For the administrator: HTTP Basic authentication, no signature.</p>`}
      ${aliases.map((alias) => html`<p class="small quiet"><code>${alias}</code> does the same.</p>`)}
      ${inputFields(operation)} ${answerFields(operation)} ${ownErrors(endpoint)}
    </div>
    <div class="example">${codeBlocks(id, 'Request', snippets)} ${exampleAnswer(id, operation)}</div>
  </article>`
}

/** A shape that answers of several calls contain. */
export function sharedShape(name: string, schema: Schema): Html {
  const [example] = schema.examples ?? []
  return html`<article class="call" aria-labelledby="${name}">
    <div>
      <h3 id="${name}"><a href="#${name}">The ${name} object</a></h3>
      ${fieldList(fieldsOf(schema))}
    </div>
    <div class="example">${example ? codeBlock(`example-${name}`, name, JSON.stringify(example, null, 2)) : ''}</div>
  </article>`
}

function inputFields({ parameters = [], requestBody }: Operation): (Html | '')[] {
  const given = (place: string) =>
    parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, required, description, schema }) => ({ name, required, schema: { description, ...schema } }))
  const body = requestBody?.content['application/json']?.schema ?? {}
  const types = Object.keys(requestBody?.content ?? {}).length > 1 ? 'JSON or a form' : 'JSON'
  return [
    fieldTable('Path', given('path')),
    fieldTable('Query', given('query')),
    fieldTable('Header', given('header')),
    fieldTable(`Body, ${types}`, fieldsOf(body)),
  ]
}

function answerFields({ responses }: Operation): Html | '' {
  const [status, success] = Object.entries(responses)[0] ?? []
  const schema = success?.content['application/json']?.schema ?? {}
  const fields = fieldsOf(schema).filter(({ name }) => name !== 'ignored')
  return fieldTable(`Response ${status}`, fields, true)
}

function exampleAnswer(id: string, { responses }: Operation): Html {
  const [status, success] = Object.entries(responses)[0] ?? []
  const example = success?.content['application/json']?.example
  return codeBlock(`${id}-answer`, `Response ${status}`, JSON.stringify(example, null, 2))
}

function ownErrors({ errors }: Endpoint): Html | '' {
  if (errors.length === 0) return ''
  return html`<h4>Errors</h4>
    ${errorList(errors)}`
}

interface Field {
  name: string
  required: boolean
  schema: Schema
}

function fieldsOf({ properties = {}, required = [] }: Schema): Field[] {
  return Object.entries(properties).map(([name, schema]) => ({ name, required: required.includes(name), schema }))
}

function fieldTable(title: string, fields: Field[], isAnswer = false): Html | '' {
  if (fields.length === 0) return ''
  return html`<h4>${title}</h4>
    ${fieldList(fields, isAnswer)}`
}

/** The required fields first. In an answer, those that may be absent are marked instead. */
function fieldList(fields: Field[], isAnswer = true): Html {
  const sorted = fields.toSorted((a, b) => Number(b.required) - Number(a.required))
  const mark = ({ required }: Field) => {
    if (isAnswer) return required ? '' : html`<span class="quiet">may be absent</span>`
    return required ? html`<span class="required">required</span>` : ''
  }
  return html`<dl class="fields">
    ${sorted.map(
      (field) =>
        html`<div>
          <dt><code>${field.name}</code> <span class="quiet">${typeOf(field.schema)}</span> ${mark(field)}</dt>
          ${descriptionOf(field.schema)} ${nestedFields(field.schema)}
        </div>`,
    )}
  </dl>`
}

function descriptionOf({ description: text = '', default: fallback }: Schema): Html | '' {
  const usual = fallback === undefined ? '' : html` Default: <code>${JSON.stringify(fallback)}</code>.`
  return text || usual ? html`<dd>${prose(text)}${usual}</dd>` : ''
}

/** The fields of an object, or of the objects in a list, that have no name of their own. */
function nestedFields(schema: Schema): Html | '' {
  const objects = [schema, schema.items ?? {}, ...(schema.anyOf ?? []), ...(schema.anyOf ?? []).map(itemsOf)]
  const fields = fieldsOf(objects.find(({ properties }) => properties) ?? {})
  return fields.length > 0 ? html`<dd>${fieldList(fields)}</dd>` : ''
}

function itemsOf({ items = {} }: Schema): Schema {
  return items
}

function typeOf(schema: Schema): (string | Html)[] {
  const { $ref, type, enum: words, const: only, anyOf, items } = schema
  if ($ref !== undefined) return [shapeLink($ref)]
  if (only !== undefined) return [html`<code>${JSON.stringify(only)}</code>`]
  if (words) return joined(words.map((word) => [html`<code>${JSON.stringify(word)}</code>`]))
  if (anyOf) return joined(withoutTextForms(anyOf).map(typeOf))
  if (type === 'array' && items && (items.$ref ?? items.type)) return ['list of ', ...typeOf(items)]
  return [
    [type ?? 'any']
      .flat()
      .map((name) => NAMES[name] ?? name)
      .join(' or '),
  ]
}

const NAMES: Readonly<Record<string, string>> = { array: 'list' }

/** Forms carry text only, so that a number and a boolean may be text, too: not worth a word. */
function withoutTextForms(options: Schema[]): Schema[] {
  const isRead = options.some(({ type }) => type === 'number' || type === 'boolean')
  return isRead ? options.filter(({ type }) => type !== 'string') : options
}

function joined(parts: (string | Html)[][]): (string | Html)[] {
  return parts.flatMap((part, index) => (index === 0 ? part : [' or ', ...part]))
}

function shapeLink(reference: string): Html {
  const name = reference.replace(/.*\//, '')
  return html`<a href="#${name}">${name}</a>`
}
