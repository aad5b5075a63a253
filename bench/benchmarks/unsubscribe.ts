import type { Benchmark } from '../benchmark.ts'
import { mailContest, type Mailing, throughSendgrid, throughSmtp } from '../mailing.ts'
import type { Stage } from './stage.ts'

const MAILS = 100_000
/** Through SMTP they take ten times as long, and what counts is how much each takes. */
const FEW = 20_000

const TEXT = 'Hello from the bell tower.\n'.repeat(20)
const LINKED = `${TEXT}\nUnsubscribe: {{ unsubscribe_url }}`
const LINKS = { PUBLIC_URL: 'https://bells.example.com' }

export const unsubscribe: readonly Benchmark[] = [
  comparing('SendGrid', throughSendgrid, MAILS),
  comparing('SMTP', throughSmtp, FEW),
]

/** Mail of a category, whose links are made for each recipient, beside the same mail without them. */
function comparing(transport: string, settings: Mailing['settings'], count: number): Benchmark {
  return {
    name: `unsubscribe-${transport.toLowerCase()}`,
    group: 'unsubscribe',
    work: `broadcast of ${count.toLocaleString('en')} mails of a category through ${transport}, with headers to unsubscribe`,
    targets: [
      { figure: 'µs each', atMost: 1.1 },
      { figure: 'CPU µs each', atMost: 1.1 },
    ],
    open: () =>
      mailContest([
        { name: 'with links in headers', count, settings, prepare, env: LINKS, send: sendingAll(TEXT) },
        { name: 'without links', count, settings, prepare, send: sendingAll(TEXT) },
        { name: 'with a link in the text too', count, settings, prepare, env: LINKS, send: sendingAll(LINKED) },
      ]),
  }
}

function prepare({ services }: Stage): Promise<unknown> {
  return services.store.categories.put(1, {
    name: 'news',
    title: 'News',
    description: '',
    required: false,
    default: {},
  })
}

function sendingAll(text: string): Mailing['send'] {
  const data = JSON.stringify({ subject: 'The bells ring', text })
  return ({ services }) => services.api(1).pushAll('sendmail', data, { category: 'news' })
}
