import type { Email } from './transport.ts'

/** An email whose recipient's own links may be tags, which SendGrid replaces. */
export interface TaggedEmail extends Email {
  /** The links by their tags. */
  substitutions?: Record<string, string>
}

const TAG = '-carillon-link-'

/**
 * Puts tags in place of the recipient's own links, so that emails that differ in nothing else share a call. A text in which
 * such a tag stands already keeps its links.
 */
export function withTags(email: Email): TaggedEmail {
  const { ownLinks, text, html } = email
  if (ownLinks.length === 0 || text.includes(TAG) || html.includes(TAG)) return email
  const tagged = { ...email, substitutions: {} as Record<string, string> }
  for (const [at, link] of ownLinks.entries()) {
    const tag = `${TAG}${at}-`
    tagged.substitutions[tag] = link
    tagged.text = tagged.text.replaceAll(link, tag)
    tagged.html = tagged.html.replaceAll(link, tag)
  }
  return tagged
}
