import type { PushData } from './data.ts'

/**
 * Bytes that each provider takes: APNs (Generating a remote notification, "4 KB (4096 bytes)"), FCM (error code
 * INVALID_ARGUMENT, "4096 bytes for most messages"), and browsers' services (RFC 8030, 7.2).
 */
export const LARGEST_PAYLOAD = 4096

/** Bytes of a value as JSON. */
export function jsonSize(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** What every provider's payload contains, unless a raw object replaces it. */
const PARTS = ['title', 'body', 'url', 'data'] as const

/**
 * Bytes that the payload has at least, and the field that most of them are in. Templates count for nothing, as they may
 * render to nothing, and so does everything if a raw object may replace it.
 */
export function smallestSize(data: PushData): { bytes: number; largest: string } {
  const isReplaceable = data.fcm !== undefined || data.apns !== undefined || data.webpush !== undefined
  const sizes = PARTS.map((part) => ({ part, bytes: isReplaceable ? 0 : textSize(data[part]) }))
  const largest = sizes.reduce((most, each) => (each.bytes > most.bytes ? each : most))
  return { bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0), largest: largest.part }
}

function textSize(value: string | Record<string, string> | undefined): number {
  if (value === undefined) return 0
  if (typeof value === 'string') return isTemplate(value) ? 0 : jsonSize(value) - '""'.length
  return Object.entries(value).reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + textSize(text), 0)
}

/** Whether a text is rendered, and not sent as it is. */
export function isTemplate(text: string): boolean {
  return /\{[{%]/.test(text)
}
