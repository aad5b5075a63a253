import { emptyIsAbsent, optionalUrl } from '@carillon/contract'
import * as z from 'zod'
import { fcmCredentials } from './credentials.ts'
import type { FcmOptions } from './fcm.ts'

const FCM = 'https://fcm.googleapis.com'

/** Environment in; out `fcm`, undefined where it is not configured. */
export const fcmOptions = z
  .object({ FCM_CREDENTIALS: emptyIsAbsent(fcmCredentials), FCM_BASE_URL: optionalUrl, FCM_TOKEN_URL: optionalUrl })
  .transform(({ FCM_CREDENTIALS: credentials, FCM_BASE_URL: baseUrl = FCM, FCM_TOKEN_URL: tokenUrl }) => {
    const fcm: FcmOptions | undefined = credentials && { credentials, baseUrl, tokenUrl }
    return { fcm }
  })
