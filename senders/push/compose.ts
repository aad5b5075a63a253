import { createHash } from 'node:crypto'
import type { Push, RenderedPush } from '@carillon/contract'
import { renderTexts, TemplateError, type Templates } from '@carillon/template'
import { LONGEST_COLLAPSE, type PushData } from './data.ts'

/** A push, rendered for its pusher, from which each provider builds its own payload. */
export interface PushMessage extends PushFields {
  app: number
  /** The push's own, the same at all attempts. */
  id: string
  /** Counts the attempts of the push, from 1. */
  attempt: number
  /** Messages with the same one replace each other on the screen; at most 64 bytes. */
  collapse: string
  /** Whether the caller has chosen `collapse`. */
  collapses: boolean
  data: Record<string, string>
}

/** The fields that are rendered, and otherwise as they were given. */
type PushFields = Pick<
  PushData,
  | 'title'
  | 'body'
  | 'url'
  | 'image'
  | 'icon'
  | 'badge'
  | 'sound'
  | 'ttl'
  | 'priority'
  | 'silent'
  | 'actions'
  | 'fcm'
  | 'apns'
  | 'webpush'
>

/** Renders a push for its pusher, or returns why it can never be sent. */
export type ComposePush = (push: Push<PushData>) => PushMessage | { giveUp: string }

export function createComposer(templates: Templates): ComposePush {
  return (push) => {
    try {
      return messageOf(push, renderPush(templates, push))
    } catch (error) {
      if (error instanceof TemplateError && !error.timedOut) return { giveUp: `a template failed: ${error.message}` }
      throw error
    }
  }
}

/** @throws TemplateError */
export function renderPush(templates: Templates, push: RenderedPush<PushData>): PushData {
  return renderTexts(push.data, (source) => templates.compile(source)(push))
}

function messageOf(push: Push<PushData>, rendered: PushData): PushMessage | { giveUp: string } {
  const { title, body, silent, fcm, apns, webpush, collapse } = rendered
  if (!silent && !title && !body && !fcm && !apns && !webpush)
    return { giveUp: 'title and body are empty after rendering' }
  if (collapse && Buffer.byteLength(collapse) > LONGEST_COLLAPSE)
    return { giveUp: `collapse is longer than ${LONGEST_COLLAPSE} bytes after rendering` }
  return {
    ...rendered,
    app: push.app,
    id: push.id,
    attempt: push.attempt,
    collapse: collapse || defaultCollapse(push.id),
    collapses: Boolean(collapse),
    data: rendered.data ?? {},
  }
}

/** A second send of a push replaces the first one on the screen. */
function defaultCollapse(id: string): string {
  if (Buffer.byteLength(id) <= LONGEST_COLLAPSE) return id
  return createHash('sha256').update(id).digest('base64url')
}

/** When a message with this ttl expires, as Apple wants it: unix seconds; 0: it is tried once. */
export function expiration(ttl: number): number {
  return ttl === 0 ? 0 : Math.floor(Date.now() / 1000) + ttl
}
