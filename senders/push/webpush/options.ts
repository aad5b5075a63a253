import { emptyIsAbsent } from '@carillon/contract'
import * as z from 'zod'
import { isKeyPair, type VapidKeys } from './keys.ts'
import { subjectOf, subjectProblem } from './subject.ts'

/** Environment in; out the keys, if the operator has set some, and the contact that push services get. */
export const webPushOptions = z
  .object({
    VAPID_PUBLIC_KEY: emptyIsAbsent(z.string()),
    VAPID_PRIVATE_KEY: emptyIsAbsent(z.string()),
    VAPID_SUBJECT: emptyIsAbsent(z.string().superRefine(refuseSubject)),
    PUBLIC_URL: emptyIsAbsent(z.string()),
    MAIL_FROM: emptyIsAbsent(z.string()),
  })
  .transform((env, context) => {
    const { VAPID_SUBJECT: subject, PUBLIC_URL: publicUrl, MAIL_FROM: mailFrom } = env
    const keys = keysIn(env, context)
    return { webpush: { keys, subject: subjectOf({ subject, publicUrl, mailFrom }) } }
  })
export type WebPushOptions = z.infer<typeof webPushOptions>['webpush']

interface KeyVariables {
  VAPID_PUBLIC_KEY?: string | undefined
  VAPID_PRIVATE_KEY?: string | undefined
}

function keysIn(
  { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }: KeyVariables,
  context: z.RefinementCtx,
): VapidKeys | undefined {
  if (publicKey === undefined && privateKey === undefined) return undefined
  const refuse = (name: string, message: string) => {
    context.addIssue({ code: 'custom', path: [name], message })
    return undefined
  }
  if (publicKey === undefined) return refuse('VAPID_PUBLIC_KEY', 'is also required: set both keys or neither')
  if (privateKey === undefined) return refuse('VAPID_PRIVATE_KEY', 'is also required: set both keys or neither')
  const keys = { publicKey, privateKey }
  if (isKeyPair(keys)) return keys
  return refuse('VAPID_PRIVATE_KEY', 'must belong to VAPID_PUBLIC_KEY: both are keys of P-256, in base64url')
}

function refuseSubject(subject: string, context: z.RefinementCtx): void {
  const message = subjectProblem(subject)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
}
