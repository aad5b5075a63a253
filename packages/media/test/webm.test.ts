import type { MediaPiece } from '@carillon/contract'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { MediaFrame } from '../frames.ts'
import { Pieces } from '../webm/pieces.ts'
import { Webm } from '../webm/webm.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Of a WebM file: the id of the element, and that four bytes follow, a float of milliseconds. */
const DURATION = Buffer.from([0x44, 0x89, 0x84])

function durationIn(header: Uint8Array): number {
  const bytes = Buffer.from(header)
  return bytes.readFloatBE(bytes.indexOf(DURATION) + DURATION.length)
}

const SOUND_AND_PICTURE = ['audio', 'video'] as const

it.each<[string, Pick<MediaFrame, 'kind' | 'time'>[], number]>([
  ['of no frame', [], 0],
  ['of one frame', [{ kind: 'video', time: 700 }], 0],
  [
    'that ends with both kinds',
    [
      { kind: 'video', time: 700 },
      { kind: 'audio', time: 720 },
      { kind: 'video', time: 5700 },
      { kind: 'audio', time: 5720 },
    ],
    5020,
  ],
  [
    'that ends with a keyframe',
    [
      { kind: 'video', time: 700 },
      { kind: 'audio', time: 5690 },
      { kind: 'video', time: 5700 },
    ],
    5000,
  ],
])('a file %s says how long it is', (_, frames, duration) => {
  const written: MediaPiece[] = []
  const pieces = new Pieces((piece) => written.push(piece))
  const webm = new Webm(SOUND_AND_PICTURE, undefined, pieces)
  for (const frame of frames) webm.write({ ...frame, isKeyframe: true, data: Buffer.from([1]) })
  webm.end()
  pieces.end()
  const headers = written.filter(({ isHeader }) => isHeader)
  expect(headers.map(({ bytes }) => durationIn(bytes))).toEqual([0, duration])
})
