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

/**
 * RFC 7741, 4.2: before its part of a frame a packet has a byte or more about itself.
 * @returns the part, and whether the frame begins with it
 */
export function unwrapped(payload: Buffer): { data: Buffer; isFirst: boolean } {
  const [about = 0, more = 0] = payload
  const isFirst = (about & 0x10) !== 0 && (about & 0x07) === 0
  if ((about & 0x80) === 0) return { data: payload.subarray(1), isFirst }
  let at = 2
  if (more & 0x80) at += (payload[at] ?? 0) & 0x80 ? 2 : 1 // the picture's number
  if (more & 0x40) at++ // the base layer's number
  if (more & 0x30) at++ // the layer, the number of the keyframe
  return { data: payload.subarray(at), isFirst }
}
