import { phoneOf } from '@carillon/addresses'
import type { Push, RenderedPush } from '@carillon/contract'
import { saysSomething, TemplateError, type Templates } from '@carillon/template'
import { renderParams, type SmsData } from './data.ts'
import type { Sms, TemplateSms, TextSms } from './transport.ts'

/** Renders a push for its pusher, or returns why it can never be sent. */
export type ComposeSms = (push: Push<SmsData>) => Sms | { giveUp: string; noAddress?: boolean }

/** Not more than one either: Aliyun would send to each of a list. */
const LACKS = {
  number: 'is not a single phone number',
  country: 'has no country code: write it with one, such as +49, or set PHONE_COUNTRY',
}

export interface ComposeSmsDeps {
  templates: Templates
  /** Of numbers without a country code. */
  phoneCountry: string | undefined
}

export function createComposer({ templates, phoneCountry }: ComposeSmsDeps): ComposeSms {
  return (push) => {
    const { pusher, data } = push
    const phoneNumber = data.phoneNumber || pusher.phoneNumber
    if (phoneNumber.trim() === '') return { giveUp: `${pusher.id} has no phone number`, noAddress: true }
    const phone = phoneOf(phoneNumber, phoneCountry)
    if (!('number' in phone))
      return { giveUp: `the phone number of ${pusher.id} ${LACKS[phone.lacks]}`, noAddress: true }
    try {
      const sms = { to: phone.number, ...renderSms(templates, push) }
      return 'text' in sms && !saysSomething(sms.text) ? { giveUp: 'the text is empty after rendering' } : sms
    } catch (error) {
      if (error instanceof TemplateError && !error.timedOut) return { giveUp: error.message }
      throw error
    }
  }
}

/** @throws TemplateError */
export function renderSms(
  templates: Templates,
  push: RenderedPush<SmsData>,
): Omit<TextSms, 'to'> | Omit<TemplateSms, 'to'> {
  const { data } = push
  const render = (source: string) => templates.compile(source)(push)
  if (data.kind === 'text') return { kind: 'text', text: render(data.text) }
  const { template, signName } = data
  return { kind: 'template', template, signName, params: renderParams(data.params, render) }
}
