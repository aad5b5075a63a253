import type { Benchmark } from '../benchmark.ts'
import { mailContest, throughSendgrid } from '../mailing.ts'
import type { Stage } from './stage.ts'

const MAILS = 100_000

/** Rendered for each recipient, and the same for all, so that SendGrid takes up to 1000 in a call. */
const DATA = JSON.stringify({
  subject: 'The bells ring',
  text: 'Hello {{ pusher.timezone }}from the bell tower.\n'.repeat(20),
})

export const templates: Benchmark = {
  name: 'templates',
  work: `broadcast of ${MAILS.toLocaleString('en')} mails with a stored template`,
  targets: [
    { figure: 'µs each', atMost: 1.1 },
    { figure: 'CPU µs each', atMost: 1.1 },
  ],
  open: () => {
    const common = { count: MAILS, settings: throughSendgrid }
    return mailContest([
      {
        ...common,
        name: 'with a stored template',
        prepare: store,
        send: ({ services }) => services.api(1).pushAllTemplate('sendmail', 'bells'),
      },
      { ...common, name: 'with the same data', send: ({ services }) => services.api(1).pushAll('sendmail', DATA) },
    ])
  },
}

function store({ services }: Stage): Promise<unknown> {
  const template = { name: 'bells', sender: 'sendmail', locale: '', data: DATA, strict: false, category: null }
  return services.store.templates.put(1, { ...template, partials: [] })
}
