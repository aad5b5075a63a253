import { createHash } from 'node:crypto'

/** What a topic may consist of (RFC 8030, section 5.4). */
const TOPIC = /^[\w-]{1,32}$/

/**
 * The Topic header, with which a message replaces one that the browser has not fetched yet. It is the collapse key itself
 * if that can be one, otherwise a hash of it. Apple decodes the topic, and no base64 has a single character left over.
 */
export function topicOf(collapse: string): string {
  if (TOPIC.test(collapse) && collapse.length % 4 !== 1) return collapse
  return createHash('sha256').update(collapse).digest('base64url').slice(0, 32)
}
