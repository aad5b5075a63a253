import { lenientObject, type ObjectSchema, strictObject } from '@carillon/contract'
import { complaintIn, type KnownNames, type Templates } from '@carillon/template'
import * as z from 'zod'
import { isTemplate, LARGEST_PAYLOAD, smallestSize } from './size.ts'

export type PushData = z.infer<ReturnType<typeof pushSchema>>

/**
 * The `data` of a push: all its texts, also those in raw objects, are templates over the pusher.
 * @param known what they may name besides, in a stored template
 */
export function pushData(templates: Templates, known?: KnownNames) {
  return pushSchema(strictObject, (source) => templates.check(source, { known }))
    .superRefine(refuseUrls)
    .superRefine(refuseTooLarge)
}

/** The same for a worker, which may find what an earlier version accepted. */
export function storedPush(templates: Templates) {
  return pushSchema(lenientObject, (source) => templates.check(source, { anyName: true }))
}

/** What is wrong with a template; null when nothing is. */
type CheckTemplate = (source: string) => string | null

/** Seconds: four weeks, the most that FCM takes (its `AndroidConfig.ttl`, and error code INVALID_ARGUMENT). */
const LONGEST_TTL_S = 2_419_200
/** Apple's limit of `apns-collapse-id`. */
export const LONGEST_COLLAPSE = 64
/** More than any browser shows. */
const MOST_ACTIONS = 10

/** What a push that shows nothing may not have. */
const SHOWN = ['title', 'body', 'image', 'icon', 'badge', 'sound', 'actions'] as const

function pushSchema(object: ObjectSchema, check: CheckTemplate) {
  const template = z.string('must be text').superRefine((source, context) => {
    const complaint = check(source)
    if (complaint) context.addIssue({ code: 'custom', message: `is not a valid template: ${complaint}` })
  })
  const action = object(
    {
      action: template.min(1, 'is required'),
      title: template.min(1, 'is required'),
      icon: optional(template),
      url: optional(template),
    },
    'must be an object with action and title',
  )
  return object(
    {
      title: optional(template),
      body: optional(template),
      url: optional(template),
      image: optional(template),
      icon: optional(template),
      badge: optional(wholeNumber(0, 2 ** 31 - 1)),
      sound: optional(template, { keepEmpty: true }),
      collapse: optional(template.refine(fitsCollapse, `must be at most ${LONGEST_COLLAPSE} bytes`)),
      ttl: optional(wholeNumber(0, LONGEST_TTL_S)),
      priority: z.enum(['high', 'normal'], 'must be high or normal').default('high'),
      silent: z.boolean('must be true or false').default(false),
      data: optional(z.record(z.string(), template, 'must be an object of texts').superRefine(refuseReservedKeys)),
      actions: optional(z.array(action, 'must be a list').max(MOST_ACTIONS, `must be at most ${MOST_ACTIONS}`)),
      fcm: optional(raw(check).superRefine(refuseOtherTargets)),
      apns: optional(raw(check)),
      webpush: optional(raw(check)),
    },
    'must be a JSON object with title or body',
  ).superRefine(refuseContradictions)
}

/** Absent, null or empty is undefined. */
function optional<T extends z.ZodType>(schema: T, { keepEmpty = false } = {}) {
  return z.preprocess(
    (value) => ((value === '' && !keepEmpty) || value === null ? undefined : value),
    schema.optional(),
  )
}

function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`
  return z.int(message).min(least, message).max(most, message)
}

/** What a template makes of it is seen when it is rendered. */
function fitsCollapse(text: string): boolean {
  return isTemplate(text) || Buffer.byteLength(text) <= LONGEST_COLLAPSE
}

/**
 * Words that the providers use themselves: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode ("Invalid data
 * key"), FCM's Message.data, and Apple's `aps`.
 */
const RESERVED_KEY = /^(?:|aps|from|message_type|gcm|google\..*|gcm\..*)$/

function refuseReservedKeys(data: Record<string, string>, context: z.RefinementCtx): void {
  for (const key of Object.keys(data)) {
    const message = 'is a name that FCM or APNs uses itself: choose another one'
    if (RESERVED_KEY.test(key)) context.addIssue({ code: 'custom', path: [key], message })
  }
}

/** An object as the provider takes it, which is merged over what is built. */
function raw(check: CheckTemplate) {
  return z.record(z.string(), z.unknown(), 'must be an object').superRefine((value, context) => {
    const complaint = complaintIn(value, check)
    if (complaint) context.addIssue({ code: 'custom', ...complaint })
  })
}

/** Addresses choose the recipients. */
function refuseOtherTargets(fcm: Record<string, unknown>, context: z.RefinementCtx): void {
  for (const key of ['token', 'topic', 'condition']) {
    if (key in fcm)
      context.addIssue({
        code: 'custom',
        path: [key],
        message: 'cannot be set: a push is sent to the addresses of its pusher',
      })
  }
}

type Content = Partial<Record<(typeof SHOWN)[number] | 'fcm' | 'apns' | 'webpush', unknown>> & { silent: boolean }

function refuseContradictions(data: Content, context: z.RefinementCtx): void {
  if (!data.silent) {
    const isEmpty = [data.title, data.body, data.fcm, data.apns, data.webpush].every((part) => part === undefined)
    if (isEmpty) context.addIssue({ code: 'custom', path: ['title'], message: 'is required, or body, or silent: true' })
    return
  }
  for (const field of SHOWN) {
    if (data[field] !== undefined)
      context.addIssue({
        code: 'custom',
        path: [field],
        message: 'must not be set when silent is true: nothing is shown',
      })
  }
}

/** A link of the web or of an app, such as `shop://orders/7`, or a path of the page's origin. */
const LINK = /^(?:\/|(?!(?:javascript|data|vbscript|blob|file):)[a-z][a-z0-9+.-]*:.)/i

function refuseUrls({ url, actions = [] }: PushData, context: z.RefinementCtx): void {
  const refuseUnlessLink = (text: string | undefined, path: (string | number)[]) => {
    const message = 'must be a URL, such as https://example.com/orders/7 or shop://orders/7, or begin with /'
    if (text !== undefined && !isTemplate(text) && !LINK.test(text)) context.addIssue({ code: 'custom', path, message })
  }
  refuseUnlessLink(url, ['url'])
  for (const [index, action] of actions.entries()) refuseUnlessLink(action.url, ['actions', index, 'url'])
}

/** Refuses what is too large for every provider, whatever the templates in it become. */
function refuseTooLarge(data: PushData, context: z.RefinementCtx): void {
  const { bytes, largest } = smallestSize(data)
  if (bytes <= LARGEST_PAYLOAD) return
  const message = `is too large: the push has at least ${bytes} bytes, and the providers take ${LARGEST_PAYLOAD}`
  context.addIssue({ code: 'custom', path: [largest], message })
}
