import { type App, CarillonError } from '@carillon/contract'
import { channelText, sign, userText } from '@carillon/protocol-channels'

/* What an application answers pusher-js, when it asks on behalf of a connection; this one never says no. */

type Form = Readonly<Record<string, unknown>>

/** The channel on which the page shows who is there. */
const CHANNEL = 'presence-demo'

/** Signs a connection in as whoever it says it is. @throws CarillonError `invalid_field` */
export function allowUser(app: App, form: Form): { auth: string; user_data: string } {
  const userData = JSON.stringify({ id: textOf(form, 'user') })
  return { auth: signed(app, userText(textOf(form, 'socket_id'), userData)), user_data: userData }
}

/** Lets a connection onto the page's channel. @throws CarillonError `invalid_field`, `forbidden` for another channel */
export function allowMember(app: App, form: Form): { auth: string; channel_data: string } {
  const channel = textOf(form, 'channel_name')
  if (channel !== CHANNEL) throw new CarillonError('forbidden', `The demo page is on ${CHANNEL} only.`)
  const channelData = JSON.stringify({ user_id: textOf(form, 'user') })
  return { auth: signed(app, channelText(textOf(form, 'socket_id'), channel, channelData)), channel_data: channelData }
}

function signed({ key, secrets }: App, text: string): string {
  return `${key}:${sign(secrets[0]?.secret ?? '', text)}`
}

function textOf(form: Form, field: string): string {
  const value = form[field]
  if (typeof value === 'string' && value !== '') return value
  throw new CarillonError('invalid_field', `${field} is required`)
}
