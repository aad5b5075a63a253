import { CarillonError } from '@carillon/contract'

/** @throws CarillonError `invalid_request_signature`. */
type VerifyTwilio = (signature: string, query: string, form: Record<string, string>) => Promise<void>

/** Checks HMAC-SHA1 over the URL and the form, as Twilio's library does; it signs the URL that it was given. */
export function twilioVerifier(publicUrl: string, authToken: string): VerifyTwilio {
  const url = `${publicUrl.replace(/\/+$/, '')}/providers/twilio`
  return async (signature, query, form) => {
    const { validateRequest } = await import('twilio/lib/webhooks/webhooks.js')
    if (!validateRequest(authToken, signature, query === '' ? url : `${url}?${query}`, form))
      throw new CarillonError(
        'invalid_request_signature',
        'Invalid X-Twilio-Signature; PUBLIC_URL must be the address that Twilio calls.',
      )
  }
}
