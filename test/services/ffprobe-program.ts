import { findProgram, installWithApt } from './machine.ts'

export function findFfprobe(): string | undefined {
  return findProgram('ffprobe') ?? (installWithApt('ffmpeg') ? findProgram('ffprobe') : undefined)
}
