import type { SessionStream } from '../../room/room.ts'

export function streamJson({ id, videoType, name, layoutClassList }: SessionStream): object {
  return { id, videoType, name, layoutClassList }
}
