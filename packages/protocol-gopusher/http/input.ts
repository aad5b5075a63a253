import { isOfBrowser, malformed, readBody, Refusal } from '@carillon/http'
import { LONGEST_FORM } from '../limits.ts'
import type { GopusherContext } from './access.ts'

/** Fields by their names, as `FormData` and `URLSearchParams` both have them. */
interface FormFields {
  has(name: string): boolean
  get(name: string): File | string | null
}

/**
 * The fields of a call, as GoPusher's clients send them: in a form, url-encoded or in parts, and in the query. The form
 * goes first, as in `http.Request.Form` of Go.
 * @throws Refusal 400, 413, 415
 */
export class Form {
  readonly #sources: readonly FormFields[]

  private constructor(sources: readonly FormFields[]) {
    this.#sources = sources
  }

  /** A browser remembers the password, so what a link brings in its query does not count: it could be anybody's. */
  static async read(request: Request): Promise<Form> {
    const fields = await readFields(request)
    return new Form(isOfBrowser(request.headers) ? [fields] : [fields, queryOf(request.url)])
  }

  /** The first of that name; '' when there is none. */
  get(name: string): string {
    const value = this.#sources.find((fields) => fields.has(name))?.get(name) ?? ''
    if (typeof value !== 'string') throw malformed(`${name} must be text, not a file.`)
    return value
  }

  required(name: string): string {
    const value = this.get(name)
    if (value === '') throw malformed(`${name} is required.`)
    return value
  }
}

async function readFields(request: Request): Promise<FormFields> {
  const body = await readBody(request, LONGEST_FORM)
  if (body.length === 0) return new URLSearchParams()
  const type = request.headers.get('content-type') ?? ''
  if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type))
    throw new Refusal(415, 'The Content-Type must be application/x-www-form-urlencoded or multipart/form-data.')
  return parse(body, type)
}

function queryOf(url: string): URLSearchParams {
  const { search, searchParams } = new URL(url)
  try {
    decodeURIComponent(search)
    return searchParams
  } catch {
    throw malformed('The query is not percent-encoded UTF-8.')
  }
}

async function parse(body: Uint8Array<ArrayBuffer>, type: string): Promise<FormData> {
  try {
    return await new Request('http://form', { method: 'POST', body, headers: { 'content-type': type } }).formData()
  } catch {
    throw malformed('The form cannot be read.')
  }
}

export interface Paging {
  limit: number
  /** From 1. */
  page: number
  /** What comes before it. */
  offset: number
}

const LAST_PAGE = 1_000_000

/**
 * Reads `:limit` and `:page` of the path; without them it is the first page, with as many as there may be.
 * @param most that a page may have
 * @throws Refusal 400
 */
export function readPaging(c: GopusherContext, most: number): Paging {
  const { limit, page } = c.req.param()
  if (limit === undefined || page === undefined) return { limit: most, page: 1, offset: 0 }
  const paging = { limit: Number(limit), page: Number(page) }
  if (!isWithin(paging.limit, most)) throw malformed(`limit must be a number from 1 to ${most}.`)
  if (!isWithin(paging.page, LAST_PAGE)) throw malformed(`page must be a number from 1 to ${LAST_PAGE}.`)
  return { ...paging, offset: (paging.page - 1) * paging.limit }
}

function isWithin(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most
}
