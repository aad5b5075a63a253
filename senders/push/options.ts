import type * as z from 'zod'
import { apnsOptions } from './apns/options.ts'
import { fcmOptions } from './fcm/options.ts'
import { webPushOptions } from './webpush/options.ts'

/** Environment in; out the options of each provider, undefined where it is not configured. */
export const pushOptions = fcmOptions.and(apnsOptions).and(webPushOptions)
export type PushOptions = z.infer<typeof pushOptions>
