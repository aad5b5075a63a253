import { type Push, describeIssues } from '@carillon/contract'
import { TemplateError, type Templates } from '@carillon/template'
import type { SmsData, SmsSchema } from './data.ts'
import type { Sms, TemplateSms, TextSms } from './transport.ts'

/** Renders a push for its pusher, or says why no try could ever send it. */
export type Compose = (push: Push) => Sms | { giveUp: string; noAddress?: boolean }

export function createComposer({ data: schema, templates }: { data: SmsSchema; templates: Templates }): Compose {
  return (push) => {
    const { pusher } = push
    const data = schema.safeParse(push.data)
    if (!data.success) return { giveUp: `the data is not an sms: ${describeIssues(data.error.issues)}` }
    const phoneNumber = data.data.phoneNumber || pusher.phoneNumber
    if (phoneNumber.trim() === '') return { giveUp: `${pusher.id} has no phone number`, noAddress: true }
    const to = dialable(phoneNumber)
    if (to === null) return { giveUp: `the phone number of ${pusher.id} is not one phone number`, noAddress: true }
    try {
      return { to, ...rendered(data.data, (source) => templates.compile(source)(pusher)) }
    } catch (error) {
      if (error instanceof TemplateError && !error.timedOut) return { giveUp: error.message }
      throw error
    }
  }
}

function rendered(data: SmsData, render: (source: string) => string): Omit<TextSms, 'to'> | Omit<TemplateSms, 'to'> {
  if (data.kind === 'text') return { kind: 'text', text: render(data.text) }
  const { template, signName } = data
  const params = Object.entries(data.params).map(([name, value]) => [name, render(String(value))])
  return { kind: 'template', template, signName, params: Object.fromEntries(params) }
}

/** Null for what is no single number: Aliyun would send to each of a list. */
function dialable(phoneNumber: string): string | null {
  const digits = phoneNumber.replaceAll(/[\s().-]/g, '')
  return /^\+?\d{3,20}$/.test(digits) ? digits : null
}
