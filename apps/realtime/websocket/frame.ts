const FINAL_TEXT = 0x81
/** In the place of a length: the real one follows in 2 or in 8 bytes (RFC 6455, 5.2). */
const TWO_BYTES = 126
const EIGHT_BYTES = 127

/** A text message as one unmasked frame, as servers send it. */
export function textFrame(text: string): Uint8Array {
  const length = Buffer.byteLength(text)
  const head = headOf(length)
  const frame = Buffer.allocUnsafe(head.length + length)
  head.copy(frame)
  frame.write(text, head.length)
  return frame
}

function headOf(length: number): Buffer {
  if (length < TWO_BYTES) return Buffer.from([FINAL_TEXT, length])
  if (length < 65_536) return Buffer.from([FINAL_TEXT, TWO_BYTES, length >> 8, length & 255])
  const head = Buffer.alloc(10)
  head[0] = FINAL_TEXT
  head[1] = EIGHT_BYTES
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}
