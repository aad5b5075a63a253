import { LONGEST_FORM } from '../limits.ts'
import { isOfBrowser, readBody, Refusal } from '@carillon/request'

/** Fields by their names, as `FormData` and `URLSearchParams` both have them. */
interface Fields {
  has(name: string): boolean
  get(name: string): File | string | null
}

/**
 * The fields of a call, as GoPusher's clients send them: in a form, url-encoded or in parts, and in the query. The form
 * goes first, as in `http.Request.Form` of Go.
 * @throws Refusal 400, 413, 415
 */
export class Form {
  readonly #sources: readonly Fields[]

  private constructor(sources: readonly Fields[]) {
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
    if (typeof value !== 'string') throw new Refusal(400, `${name} must be text, not a file.`)
    return value
  }

  required(name: string): string {
    const value = this.get(name)
    if (value === '') throw new Refusal(400, `${name} is required.`)
    return value
  }
}

async function readFields(request: Request): Promise<Fields> {
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
    throw new Refusal(400, 'The query is not percent-encoded UTF-8.')
  }
}

async function parse(body: Uint8Array<ArrayBuffer>, type: string): Promise<FormData> {
  try {
    return await new Request('http://form', { method: 'POST', body, headers: { 'content-type': type } }).formData()
  } catch {
    throw new Refusal(400, 'The form cannot be read.')
  }
}
