import { emailOf } from './email.ts'
import { phoneOf } from './phone.ts'

/**
 * An address as a sender would send to it, so that two spellings of one are the same; what is neither an email address
 * nor a phone number stays as it is.
 * @param country of phone numbers without a country code
 */
export function comparableAddress(address: string, country?: string): string {
  if (/[@＠]/.test(address)) return emailOf(address)
  const phone = phoneOf(address, country)
  return 'number' in phone ? phone.number : address
}
