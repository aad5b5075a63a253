import { CarillonError, categoryName, type ChoiceChange, senderName, switches } from '@carillon/contract'
import type { Context } from 'hono'
import * as z from 'zod'
import { type ApiEnv, readBody } from '../receive.ts'

/** Bytes of a form: a page of 500 categories with a few senders each. */
const MAX_FORM = 131_072

/** What somebody asks for on the page, or a mail program in their name. */
export type Wish =
  /** `isOneClick`: by a mail program, and not by the button of the page. */
  | { action: 'unsubscribe'; isOneClick?: true }
  | { action: 'resubscribe' | 'allOff' }
  /** For each of these categories and senders, whether it is to be on. */
  | { action: 'save'; categories: string[]; senders: string[]; on: ReadonlySet<string> }
  | { action: 'restore'; choices: ChoiceChange[] }

const ONE_CLICK: Wish = { action: 'unsubscribe', isOneClick: true }

/** A field of the checkboxes: the category and the sender that one is for. */
export function boxOf(category: string, sender: string): string {
  return `${category} ${sender}`
}

const restored = z.array(
  z
    .object({
      category: categoryName.nullable(),
      sender: senderName.nullable(),
      value: z.enum([...switches, 'default']),
    })
    .refine(({ category, sender }) => category !== null || sender !== null),
)

/**
 * Reads the body of a POST. RFC 8058, section 3.2: `List-Unsubscribe=One-Click`, as a form in either encoding. A request
 * without a body is taken for the same, because some mail programs send none.
 * @throws CarillonError `bad_request`, `too_large`, `unsupported_media_type`
 */
export async function readWish(c: Context<ApiEnv>): Promise<Wish> {
  c.set('mostBody', MAX_FORM)
  const body = await readBody(c)
  if (body.length === 0) return ONE_CLICK
  const form = await parseForm(c.req.header('content-type'), body)
  const texts = (name: string) => form.getAll(name).filter((value) => typeof value === 'string')
  if (texts('List-Unsubscribe')[0]?.toLowerCase() === 'one-click') return ONE_CLICK
  return wishOf(texts)
}

const FORMS = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i

async function parseForm(type = 'application/x-www-form-urlencoded', body: Uint8Array): Promise<FormData> {
  if (!FORMS.test(type))
    throw new CarillonError(
      'unsupported_media_type',
      'The Content-Type must be application/x-www-form-urlencoded or multipart/form-data.',
    )
  try {
    return await new Response(Buffer.from(body), { headers: { 'content-type': type } }).formData()
  } catch {
    throw new CarillonError('bad_request', 'The body is not a form.')
  }
}

/** @param texts all values of a field */
function wishOf(texts: (name: string) => string[]): Wish {
  const [action] = texts('action')
  const words = (name: string) => texts(name).flatMap((text) => text.split(' '))
  if (action === 'unsubscribe' || action === 'resubscribe' || action === 'allOff') return { action }
  if (action === 'save')
    return {
      action,
      categories: words('categories'),
      senders: words('senders').filter((name) => senderName.safeParse(name).success),
      on: new Set(texts('on')),
    }
  if (action === 'restore') return { action, choices: readChoices(texts('choices').join('')) }
  throw new CarillonError('bad_request', 'The body must be List-Unsubscribe=One-Click, or a form of this page.')
}

/** Changes as the page has put them into a form or a link. @throws CarillonError `bad_request` */
export function readChoices(text: string): ChoiceChange[] {
  try {
    return restored.parse(JSON.parse(text))
  } catch {
    throw new CarillonError('bad_request', 'The field choices must be what the page has put there.')
  }
}
