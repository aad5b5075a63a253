import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inject } from 'vitest'

/** False: skip by name, `describe.skipIf(!hasFfprobe)(…)`. */
export const hasFfprobe = inject('ffprobeProgram') !== undefined

/** What a media file is, by the word of one who wrote none of our code. */
export interface Probed {
  format: { format_name: string; duration?: string }
  streams: { codec_name: string; codec_type: 'audio' | 'video'; width?: number; height?: number }[]
  packets: { codec_type: 'audio' | 'video'; pts_time: string; flags: string }[]
}

/** Decodes the whole file, so that every inconsistency is reported. */
const WHAT = ['-count_frames', '-show_format', '-show_streams', '-show_packets', '-of', 'json']

/** @throws when there is anything wrong with the file */
export async function probe(file: string): Promise<Probed> {
  const program = inject('ffprobeProgram')
  if (!program) throw new Error('This test needs ffprobe: guard it with describe.skipIf(!hasFfprobe).')
  const { stdout, stderr } = await promisify(execFile)(program, ['-v', 'warning', ...WHAT, file], {
    maxBuffer: 64 * 1024 ** 2,
  })
  if (stderr) throw new Error(stderr)
  return JSON.parse(stdout) as Probed
}
