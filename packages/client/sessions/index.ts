export { Days30, Hours1, Hours2, Hours24, Weeks1 } from './token.ts'
export {
  type ArchiveMode,
  createSessionsClient,
  type MediaMode,
  type Session,
  type SessionsClient,
  type SessionsOptions,
  type TokensOptions,
} from './sessions-client.ts'
export type { SessionRole } from '@carillon/contract/session-messages'
export { ApiError } from '../errors.ts'
export { CarillonError, type ErrorCode } from '@carillon/contract'
