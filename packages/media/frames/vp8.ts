import type { PictureSize } from './frame.ts'

/** RFC 6386, 9.1: the lowest bit of a frame is 0 in one that needs no other. */
export function isKeyframe(frame: Uint8Array): boolean {
  return frame.length > 0 && (frame[0]! & 1) === 0
}

/** RFC 6386, 9.1: stands in a keyframe after three bytes and a start code of three. */
export function pictureSize(frame: Buffer): PictureSize | undefined {
  if (!isKeyframe(frame) || frame.length < 10 || frame.readUIntBE(3, 3) !== 0x9d012a) return undefined
  const [width, height] = [frame.readUInt16LE(6) & 0x3fff, frame.readUInt16LE(8) & 0x3fff]
  return width > 0 && height > 0 ? { width, height } : undefined
}
