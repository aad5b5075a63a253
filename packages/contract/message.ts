import type * as z from 'zod'

/** Redis disconnects a subscriber with more pending bytes than this, so no valid message is longer. */
const LONGEST = 32 * 1024 * 1024

/** Messages without a `v` come from processes that did not write one yet. */
const UNMARKED_VERSION = 1

/** Describes what was wrong with a message, without its content. */
export type Unreadable = 'length' | 'json' | 'version' | 'shape'

/** A message of another process that this one cannot read. It is dropped. */
export class UnreadableMessage extends Error {
  readonly code = 'unreadable_message'
  /** Which messages are of this kind, such as `roster`. */
  readonly kind: string
  readonly reason: Unreadable

  constructor(kind: string, reason: Unreadable) {
    super(`A message of the kind "${kind}" cannot be read: ${reason}.`)
    this.name = 'UnreadableMessage'
    this.kind = kind
    this.reason = reason
  }
}

/** Receives the error of a dropped message: an `UnreadableMessage`, or what its handler threw. Never throws. */
export type OnFault = (error: unknown) => void

/** One kind of message between processes. */
export interface MessageFormat<T> {
  /** JSON with the version. */
  write(value: T): string
  /** As `write`, where a library makes the JSON. */
  mark(value: T): T
  /** @throws UnreadableMessage */
  read(text: string): T
  /** @returns undefined for a message that cannot be read, after calling `onFault` */
  tryRead(text: string, onFault: OnFault): T | undefined
  /** As `tryRead`, where a library has parsed the JSON. */
  tryCheck(value: unknown, onFault: OnFault): T | undefined
}

/**
 * A format for one kind of message. A process drops messages of a higher version than its own. A new
 * field needs no new version, if older processes may ignore it and the schema does not require it.
 */
export function messageFormat<T extends object>(kind: string, schema: z.ZodType<T>, version = 1): MessageFormat<T> {
  const check = (value: unknown): T => {
    if (versionOf(value) > version) throw new UnreadableMessage(kind, 'version')
    const { data, success } = schema.safeParse(value)
    if (!success) throw new UnreadableMessage(kind, 'shape')
    return data
  }
  const read = (text: string) => check(parse(kind, text))
  const mark = (value: T) => ({ v: version, ...value })
  return {
    write: (value) => JSON.stringify(mark(value)),
    mark,
    read,
    tryRead: (text, onFault) => attempt(() => read(text), onFault),
    tryCheck: (value, onFault) => attempt(() => check(value), onFault),
  }
}

function parse(kind: string, text: string): unknown {
  if (text.length > LONGEST) throw new UnreadableMessage(kind, 'length')
  try {
    return JSON.parse(text)
  } catch {
    throw new UnreadableMessage(kind, 'json')
  }
}

function versionOf(value: unknown): number {
  const { v = UNMARKED_VERSION } = Object(value) as { v?: unknown }
  return typeof v === 'number' ? v : Number.POSITIVE_INFINITY
}

function attempt<T>(read: () => T, onFault: OnFault): T | undefined {
  try {
    return read()
  } catch (error) {
    onFault(error)
    return undefined
  }
}
