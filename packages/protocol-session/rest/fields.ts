import * as z from 'zod'

/** Postgres stores no NUL, and half a surrogate pair as something else. */
export const text = z
  .string('must be a string')
  .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must be well-formed Unicode without NUL')

export const shortText = text.max(255, 'must be at most 255 characters')

export const archiveName = text.max(1000, 'must be at most 1000 characters')

const RESOLUTIONS = ['640x480', '1280x720', '1920x1080', '480x640', '720x1280', '1080x1920'] as const
export const resolution = z.enum(RESOLUTIONS, `must be one of ${RESOLUTIONS.join(', ')}`)

export const flag = z.boolean('must be true or false')

const LAYOUTS = ['bestFit', 'custom', 'focus', 'horizontalPresentation', 'pip', 'verticalPresentation'] as const

/** How a composed archive shows its streams. */
export const layout = z
  .object({
    type: z.enum(LAYOUTS, `must be one of ${LAYOUTS.join(', ')}`),
    stylesheet: text.max(10_000, 'must be at most 10000 characters').optional(),
    screenshareType: z.enum(LAYOUTS, `must be one of ${LAYOUTS.join(', ')}`).optional(),
  })
  .refine(({ type, stylesheet }) => (type === 'custom') === (stylesheet !== undefined), {
    message: 'is required for the type custom, and allowed only for it',
    path: ['stylesheet'],
  })
  .refine(({ type, screenshareType }) => screenshareType === undefined || type === 'bestFit', {
    message: 'is allowed only for the type bestFit',
    path: ['screenshareType'],
  })

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

export function isUuid(value: string): boolean {
  return UUID.test(value)
}

/** A whole number of the query. */
export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be from ${least} to ${most}`)
}
