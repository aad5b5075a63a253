import type { PusherFields } from '@carillon/contract'
import type * as z from 'zod'
import type { pusherFields } from './fields.ts'

/** The fields that are given and not empty; both spellings of createdAt are one. Old clients send 0 where they have none. */
export function givenFields({ CreatedAt, ...fields }: z.output<typeof pusherFields>): PusherFields {
  const createdAt = fields.createdAt || CreatedAt || undefined
  return Object.fromEntries(Object.entries({ ...fields, createdAt }).filter(([, value]) => value !== undefined))
}
