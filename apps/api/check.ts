import type * as z from 'zod'
import { CarillonError } from '@carillon/contract'

/** @throws CarillonError `invalid_field`, in the form "schedat must be …". */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(value)
  if (error) throw new CarillonError('invalid_field', error.issues.map((issue) => sentence(issue, value)).join('; '))
  return data
}

function sentence(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')} is not a field of this call`
  const [field] = issue.path
  if (field === undefined) return 'The value must be an object'
  const missing = issue.path.length === 1 && valueAt(value, field) === undefined
  return `${issue.path.join('.')} ${missing ? 'is required' : issue.message}`
}

function valueAt(value: unknown, field: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined
}
