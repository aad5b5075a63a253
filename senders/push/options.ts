import * as z from 'zod'
import { webPushOptions } from './webpush/options.ts'

/** The environment's variables, as text; and what they mean, provider by provider. */
export const pushOptions = z.object({ APNS_TOPIC: z.string().default('') }).and(webPushOptions)
export type PushOptions = z.infer<typeof pushOptions>
