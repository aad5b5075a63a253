import type { ObjectSchema } from '@carillon/contract'
import * as z from 'zod'

/** Bytes of all attachments of a mail. */
export const MOST_ATTACHED = 10 * 1024 * 1024
const MOST_FILES = 50

/** Characters that end a header, or make a name look like another. */
const UNSAFE_IN_NAME = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const CONTENT_TYPE =
  /^(?!multipart\/)[\w!#$&^.+-]{1,80}\/[\w!#$&^.+-]{1,80}(?:; ?[\w-]{1,40}=(?:[\w.+-]{1,80}|"[\w .+-]{1,80}"))*$/i
const CONTENT_ID = /^[\w.+@-]{1,200}$/

/** A file that comes with a mail: its bytes, or where they are fetched. Never a path. */
export type AttachmentData = z.infer<ReturnType<typeof attachmentSchema>>

/** A mail's `attachments`. */
export function attachmentsSchema(object: ObjectSchema) {
  return z
    .array(attachmentSchema(object), 'must be a list of files')
    .max(MOST_FILES, `must have at most ${MOST_FILES} files`)
    .superRefine(checkSize)
    .superRefine(checkContentIds)
}

function attachmentSchema(object: ObjectSchema) {
  return object(
    {
      filename: z
        .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
        .min(1, 'is required')
        .max(255, 'must be at most 255 characters')
        .refine((name) => name.isWellFormed(), 'must be well-formed Unicode')
        .refine((name) => !UNSAFE_IN_NAME.test(name), 'must not contain line breaks or other control characters')
        .refine((name) => !/[/\\]/.test(name) && !/^\.+$/.test(name), 'must be a file name without a path'),
      content: z
        .string('must be text in base64')
        .transform((text) => text.replaceAll(/[\r\n]/g, ''))
        .refine(isBase64, 'must be base64, without a prefix such as data:')
        .optional(),
      url: z.string('must be text').max(2000, 'must be at most 2000 characters').refine(isWebUrl, WEB_URL).optional(),
      contentType: z
        .string('must be text')
        .regex(CONTENT_TYPE, 'must be a media type, such as application/pdf')
        .optional(),
      cid: z.string('must be text').regex(CONTENT_ID, 'must be 1 to 200 of letters, digits, . _ + @ and -').optional(),
    },
    'must be an object with filename, and content or url',
  ).refine(
    ({ content, url }) => (content === undefined) !== (url === undefined),
    'needs either content, in base64, or a url',
  )
}

const WEB_URL = 'must be an http or https address without a user or password'

function isWebUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

export function isMediaType(text: string): boolean {
  return CONTENT_TYPE.test(text)
}

/** Without a regular expression over all of it that would need as much stack. */
function isBase64(text: string): boolean {
  const body = text.replace(/={1,2}$/, '')
  return body !== '' && text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(body)
}

/** Bytes that the text stands for. */
function sizeOf(base64: string): number {
  return Buffer.byteLength(base64, 'base64')
}

function checkSize(files: { content?: string | undefined }[], context: z.RefinementCtx): void {
  const size = files.reduce((sum, { content = '' }) => sum + sizeOf(content), 0)
  if (size > MOST_ATTACHED)
    context.addIssue({ code: 'custom', message: `must not exceed ${MOST_ATTACHED / 1024 / 1024} MB in total` })
}

function checkContentIds(files: { cid?: string | undefined }[], context: z.RefinementCtx): void {
  const ids = files.flatMap(({ cid }) => (cid === undefined ? [] : [cid]))
  if (new Set(ids).size < ids.length) context.addIssue({ code: 'custom', message: 'must each have their own cid' })
}
