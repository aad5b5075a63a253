import { LONGEST_FORM } from '../limits.ts'
import { readBody, Refusal } from '@carillon/request'

/**
 * A form as browsers and HTTP libraries send one: url-encoded, or in parts.
 * @throws Refusal 400, 413, 415
 */
export class Form {
  readonly #fields: FormData | undefined

  private constructor(fields?: FormData) {
    this.#fields = fields
  }

  static async read(request: Request): Promise<Form> {
    const body = await readBody(request, LONGEST_FORM)
    if (body.length === 0) return new Form()
    const type = request.headers.get('content-type') ?? ''
    if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type))
      throw new Refusal(415, 'The Content-Type must be application/x-www-form-urlencoded or multipart/form-data.')
    return new Form(await parse(body, type))
  }

  /** The first of that name; '' when there is none. */
  get(name: string): string {
    const value = this.#fields?.get(name) ?? ''
    if (typeof value !== 'string') throw new Refusal(400, `${name} must be text, not a file.`)
    return value
  }

  required(name: string): string {
    const value = this.get(name)
    if (value === '') throw new Refusal(400, `${name} is required.`)
    return value
  }
}

async function parse(body: Uint8Array<ArrayBuffer>, type: string): Promise<FormData> {
  try {
    return await new Request('http://form', { method: 'POST', body, headers: { 'content-type': type } }).formData()
  } catch {
    throw new Refusal(400, 'The form cannot be read.')
  }
}
