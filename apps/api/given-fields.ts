import type { PusherFields } from '@carillon/contract'
import type * as z from 'zod'
import type { pusherFields } from './fields.ts'

/** The fields that are given and not empty; both spellings of createdAt are one. */
export function givenFields({ CreatedAt, ...fields }: z.output<typeof pusherFields>): PusherFields {
  const createdAt = fields.createdAt ?? CreatedAt
  return Object.fromEntries(Object.entries({ ...fields, createdAt }).filter(([, value]) => value !== undefined))
}
