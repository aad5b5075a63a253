import { createHash } from 'node:crypto'
import { type DownloadedFile, type Downloads, OutboundError, RetryableError } from '@carillon/contract'
import { type AttachmentData, isMediaType, MOST_ATTACHED } from './attachment-data.ts'

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
