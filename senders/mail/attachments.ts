import { createHash } from 'node:crypto'
import {
  type DownloadedFile,
  type Downloads,
  type ObjectSchema,
  OutboundError,
  RetryableError,
} from '@carillon/contract'
import * as z from 'zod'

/** Bytes of all attachments of a mail. */
const MOST_ATTACHED = 10 * 1024 * 1024
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

function isMediaType(text: string): boolean {
  return CONTENT_TYPE.test(text)
}

/** Without a regular expression over all of it that would need as much stack. */
function isBase64(text: string): boolean {
  const body = text.replace(/={1,2}$/, '')
  return body !== '' && text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(body)
}

/** Bytes that the text encodes. */
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

/** A file that comes with a mail. */
export interface Attachment {
  filename: string
  contentType?: string
  /** HTML shows it as `cid:…`. */
  cid?: string
  content: Buffer
  /** The same for the same content. */
  digest: string
}

/** Why a mail can never have its attachments. */
export class UnusableAttachment extends Error {}

/**
 * The files of a mail, in order.
 * @throws UnusableAttachment, or RetryableError where a file may be there later
 */
export type LoadAttachments = (files: readonly AttachmentData[]) => Promise<Attachment[]>

/** Milliseconds for one file, well below what a send has. */
const TIMEOUT_MS = 10_000

/** Milliseconds for which a file that was fetched is used again: the recipients of a broadcast share it. */
const KEPT_MS = 300_000
/** Bytes of files that are kept. */
const MOST_KEPT = 4 * MOST_ATTACHED

/** Statuses that may be others in a moment. */
const PASSING = new Set([408, 425, 429])

export function attachmentLoader(downloads: Downloads | undefined): LoadAttachments {
  const decoded = new WeakMap<AttachmentData, Attachment>()
  const fetched = fileCache()
  const load = async (file: AttachmentData, index: number): Promise<Attachment> => {
    const { url, content = '' } = file
    if (url !== undefined) return attachmentOf(file, await fetched(url, () => fetchFile(downloads, url, index + 1)))
    const known = decoded.get(file) ?? attachmentOf(file, { contentType: '', content: Buffer.from(content, 'base64') })
    decoded.set(file, known)
    return known
  }
  return async (files) => {
    const attachments = await Promise.all(files.map(load))
    const size = attachments.reduce((sum, { content }) => sum + content.length, 0)
    if (size > MOST_ATTACHED)
      throw new UnusableAttachment(`the attachments exceed ${MOST_ATTACHED / 1024 / 1024} MB in total`)
    return attachments
  }
}

type File = Pick<DownloadedFile, 'contentType' | 'content'>

function attachmentOf({ filename, cid, contentType }: AttachmentData, file: File): Attachment {
  const type = contentType ?? (isMediaType(file.contentType) ? file.contentType : undefined)
  return {
    filename,
    ...(type !== undefined && { contentType: type }),
    ...(cid !== undefined && { cid }),
    content: file.content,
    digest: createHash('sha256').update(file.content).digest('hex'),
  }
}

/** @param number of the attachment in its mail, from 1: its name and its URL are the caller's own affair */
async function fetchFile(downloads: Downloads | undefined, url: string, number: number): Promise<File> {
  const failed = (why: string) => `attachment ${number} cannot be fetched: ${why}`
  if (!downloads) throw new RetryableError(failed('this worker cannot fetch files.'), { sent: 'no' })
  const file = await downloads.download({ url, timeout: TIMEOUT_MS, most: MOST_ATTACHED }).catch((error: unknown) => {
    if (error instanceof OutboundError && error.isFinal) throw new UnusableAttachment(failed(error.message))
    if (error instanceof OutboundError) throw new RetryableError(failed(error.message), { sent: 'no' })
    throw error
  })
  const { status } = file
  if (status >= 200 && status < 300) return file
  const why = failed(`its URL answered ${status}.`)
  if (status < 500 && !PASSING.has(status)) throw new UnusableAttachment(why)
  throw new RetryableError(why, { sent: 'no' })
}

/** Files by their URL; those who ask for one at once share its download, and a failure is forgotten. */
function fileCache() {
  const kept = new Map<string, { file: Promise<File>; until: number; size: number }>()

  function forgetOld(): void {
    let size = 0
    for (const entry of kept.values()) size += entry.size
    for (const [url, entry] of kept) {
      if (entry.until > Date.now() && size <= MOST_KEPT) return
      kept.delete(url)
      size -= entry.size
    }
  }

  return (url: string, fetchIt: () => Promise<File>): Promise<File> => {
    forgetOld()
    const known = kept.get(url)
    if (known) return known.file
    const entry = { file: fetchIt(), until: Date.now() + KEPT_MS, size: 0 }
    kept.set(url, entry)
    entry.file.then(
      ({ content }) => (entry.size = content.length),
      () => kept.delete(url),
    )
    return entry.file
  }
}
