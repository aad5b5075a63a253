export { unsubscribeKey } from './key.ts'
export { linkBase, type SentLink, type UnsubscribeLink, type UnsubscribeLinks, unsubscribeLinks } from './links.ts'
