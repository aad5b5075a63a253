import { defineSender } from '@carillon/contract'
import * as z from 'zod'

/*
 * Rings through another sender again and again until the pusher carries a tag, and never at night:
 * npx carillon worker --sender ./examples/senders/remind.ts
 * A reminder that nobody acknowledges ends with its ttl.
 */

const MORNING = 8
const EVENING = 22

const reminder = z.object({
  text: z.string().min(1),
  /** The tag that acknowledges it: POST /pusher/pushers/{id}/{done}/ */
  done: z.string().min(1),
  /** Seconds between two rings. */
  every: z.number().int().min(60).default(3600),
})

export default defineSender({
  name: 'remind',
  options: z.object({ REMIND_THROUGH: z.string().default('sendsms') }),
  data: reminder,
  create: ({ REMIND_THROUGH: through }, { api }) => ({
    async send({ app, data: { text, done, every }, pusher }) {
      if (pusher.tags.includes(done)) return
      const later = secondsUntilMorning(new Date(), pusher.timezone || 'UTC')
      if (later > 0) return { later, reason: 'it is night there' }
      await api(app).push(through, pusher.id, JSON.stringify({ text }))
      return every
    },
  }),
})

/** 0 by day. Where the clocks change that night it is an hour off; an hour too early is night again, and asks again. */
function secondsUntilMorning(now: Date, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const part = Object.fromEntries(clock.formatToParts(now).map(({ type, value }) => [type, Number(value)]))
  const { hour = 0, minute = 0, second = 0 } = part
  if (hour >= MORNING && hour < EVENING) return 0
  return ((MORNING + 24 - hour) % 24) * 3600 - minute * 60 - second
}
