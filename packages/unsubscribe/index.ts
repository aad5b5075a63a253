export { unsubscribeKey } from './key.ts'
export { type SentLink, type UnsubscribeLink, type UnsubscribeLinks, unsubscribeLinks } from './links.ts'
