import { describe, expect, it } from 'vitest'
import { readSendgridEvents } from '../providers/sendgrid.ts'
import { readTwilioStatus } from '../providers/twilio.ts'

const mail = {
  email: 'Lupino@Example.com',
  timestamp: 1_513_299_569,
  sg_event_id: 'e1',
  sg_message_id: 'm1.filter',
  push_app: '1',
  push_id: '7',
}
const address = 'Lupino@Example.com'

describe('an event of SendGrid', () => {
  it.each([
    [{ event: 'delivered', response: '250 OK' }, 'delivered', null],
    [{ event: 'open' }, 'opened', null],
    [{ event: 'bounce', type: 'bounce', reason: '550 no such user' }, 'bounced', 'hard bounce'],
    [{ event: 'bounce', reason: '550 no such user' }, 'bounced', 'hard bounce'],
    [{ event: 'bounce', type: 'blocked', reason: '421 busy' }, 'bounced', null],
    [{ event: 'bounce', type: 'bounce', reason: '550 5.4.5 Daily user sending limit exceeded' }, 'bounced', null],
    [{ event: 'bounce', type: 'bounce', reason: '554 5.7.1 Client host [192.0.2.1] blocked' }, 'bounced', null],
    [{ event: 'bounce', type: 'bounce', reason: '552 5.3.4 message too big' }, 'bounced', null],
    [{ event: 'bounce', bounce_classification: 'Reputation', reason: '550 no' }, 'bounced', null],
    [{ event: 'bounce', bounce_classification: 'Invalid Address', reason: '550 no' }, 'bounced', 'hard bounce'],
    [{ event: 'dropped', reason: 'Bounced Address' }, 'bounced', 'hard bounce'],
    [{ event: 'dropped', reason: 'Invalid' }, 'bounced', 'invalid address'],
    [{ event: 'dropped', reason: 'Spam Reporting Address' }, 'bounced', 'complaint'],
    [{ event: 'dropped', reason: 'Unsubscribed Address' }, 'bounced', 'unsubscribed'],
    [{ event: 'dropped', reason: 'Spam Content' }, 'bounced', null],
    [{ event: 'spamreport' }, 'complained', 'complaint'],
    [{ event: 'unsubscribe' }, 'unsubscribed', 'unsubscribed'],
  ])('%j is %s, and suppresses for: %s', (given, event, suppress) => {
    const [report] = readSendgridEvents([{ ...mail, ...given }])
    expect(report).toMatchObject({ app: 1, push: '7', event, messageId: 'm1.filter', time: 1_513_299_569 })
    expect(report?.suppress).toEqual(suppress && { address, reason: suppress })
    expect(report?.reason).toBe('reason' in given ? given.reason : null)
  })

  it.each([
    { event: 'processed' },
    { event: 'deferred' },
    { event: 'click' },
    { event: 'constructor' },
    { event: 'delivered', push_id: undefined },
    { event: 'delivered', push_app: 'x' },
    { event: 'delivered', sg_event_id: '' },
    { event: 5 },
  ])('%j is passed over', (given) => {
    expect(readSendgridEvents([{ ...mail, ...given }, null, 7, 'x', []])).toEqual([])
  })

  it('is reported once for each time an email is opened, and otherwise has its own id', () => {
    const events = ['open', 'open', 'delivered'].map((event, index) => ({ ...mail, event, sg_event_id: `e${index}` }))
    expect(readSendgridEvents(events).map(({ id }) => id)).toEqual(['opened', 'opened', 'e2'])
  })

  it('is made to what can be kept', () => {
    const odd = { event: 'bounce', timestamp: 'soon', sg_message_id: 7, reason: `\0${'x'.repeat(5000)}` }
    const [report] = readSendgridEvents([{ ...mail, ...odd, email: 'a\0@b.example' }])
    const suppress = { address: 'a@b.example', reason: 'hard bounce' }
    expect(report).toMatchObject({ time: null, messageId: null, reason: 'x'.repeat(1000), suppress })
  })
})

const sms = { MessageSid: 'SM1', To: '+15005550006' }
const about = { push_app: '1', push_id: '7' }

describe('a status of Twilio', () => {
  it.each([
    [{ MessageStatus: 'delivered' }, 'delivered', null, null],
    [{ MessageStatus: 'read' }, 'opened', null, null],
    [{ MessageStatus: 'failed' }, 'bounced', 'Twilio: failed', null],
    [{ MessageStatus: 'undelivered', ErrorCode: '30003' }, 'bounced', 'Twilio 30003: undelivered', null],
    [{ MessageStatus: 'undelivered', ErrorCode: '30005' }, 'bounced', 'Twilio 30005: undelivered', 'hard bounce'],
    [
      { MessageStatus: 'undelivered', ErrorCode: '30006', ErrorMessage: 'landline' },
      'bounced',
      'Twilio 30006: undelivered, landline',
      'hard bounce',
    ],
    [{ MessageStatus: 'failed', ErrorCode: '21610' }, 'bounced', 'Twilio 21610: failed', 'unsubscribed'],
  ])('%j is %s with %s, and suppresses for: %s', (given, event, reason, suppress) => {
    expect(readTwilioStatus(about, { ...sms, ...given })).toEqual({
      app: 1,
      push: '7',
      event,
      time: null,
      messageId: 'SM1',
      reason,
      id: `SM1 ${given.MessageStatus}`,
      suppress: suppress && { address: '+15005550006', reason: suppress },
    })
  })

  it.each([
    [about, { ...sms, MessageStatus: 'sent' }],
    [about, { ...sms, MessageStatus: 'toString' }],
    [about, { MessageStatus: 'delivered' }],
    [{ push_id: '7' }, { ...sms, MessageStatus: 'delivered' }],
  ])('%j %j is passed over', (query, form) => {
    expect(readTwilioStatus(query, form)).toBeNull()
  })
})
