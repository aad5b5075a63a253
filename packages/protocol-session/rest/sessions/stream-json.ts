import type { SessionStream } from '@carillon/contract/session-messages'

export function streamJson({ id, videoType, name, layoutClassList }: SessionStream): object {
  return { id, videoType, name, layoutClassList }
}
