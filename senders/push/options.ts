import * as z from 'zod'

/** The environment's variables, as text. */
export const pushOptions = z.object({ APNS_TOPIC: z.string().default('') })
export type PushOptions = z.infer<typeof pushOptions>
