import type { SenderDefinition } from '@carillon/contract'
import { hookSenders } from '@carillon/sender-hook'
import sendmail from '@carillon/sender-mail'
import sendrealtime from '@carillon/sender-realtime'
import sendsms from '@carillon/sender-sms'

/** The senders that come with Carillon. */
export const builtInSenders: readonly SenderDefinition[] = [sendmail, sendsms, sendrealtime]

/** With those of the operator's hooks file, if there is one. */
export async function knownSenders(hooksFile: string | undefined): Promise<SenderDefinition[]> {
  return [...builtInSenders, ...(hooksFile ? await hookSenders(hooksFile) : [])]
}
