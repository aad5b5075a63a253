import { type Config, maskUrl } from '@carillon/config'
import { isIPv6 } from 'node:net'
import type { AllInOneRole, ListeningRole, RealtimeRole } from './roles.ts'

/** What `carillon start` says when it is ready. The secret is shown in open mode only, where it protects nothing. */
export function welcome(config: Config, running: AllInOneRole): string {
  const parts = [
    `Carillon listens on ${addressOf(running)}`,
    ...(config.open ? [openMode(running)] : []),
    targets(config, running).join('\n'),
    [config.open ? 'Try it:' : SIGNED_TRY, ...examples(config, running).map((line) => `  ${line}`)].join('\n'),
    `Console: open ${addressOf(running)}/console`,
    `Live: open ${addressOf(running)}/demo`,
    `Snapper: producers connect to ${producersOf(running)}`,
  ]
  return `\n${parts.join('\n\n')}\n\n`
}

function openMode({ app }: AllInOneRole): string {
  return [
    'Open mode: no APP_KEY is configured, so no signature is required, and only this machine can call. The app is',
    `  id      ${app.id}`,
    `  key     ${app.key}`,
    `  secret  ${app.secrets.at(-1)?.secret ?? ''}`,
  ].join('\n')
}

/** Where messages go, a sentence for each. */
function targets(config: Config, running: AllInOneRole): string[] {
  return [
    `Email goes to ${mailTarget(config, running)}.`,
    `SMS go to ${smsTarget(config, running)}.`,
    ...appTargets(config, running),
    'Messages to browsers, Discord, Teams and webhooks of Slack are really sent: they need no settings.',
  ]
}

/** Of two providers the second takes over when the first fails. */
function mailTarget({ sendgridApiKey, smtpUrl, mailFrom }: Config, { outbox }: AllInOneRole): string {
  const [first, second] = [sendgridApiKey && 'SendGrid', smtpUrl && maskUrl(smtpUrl)].filter(Boolean)
  if (first && !mailFrom) return 'nobody yet: set MAIL_FROM, the address from which it is sent'
  if (first) return second ? `${first}, or to ${second} if that fails` : first
  return outbox ? `files in ${outbox}` : 'nobody yet: set SENDGRID_API_KEY or SMTP_URL, or OUTBOX=1 to write files'
}

function smsTarget({ twilioAccountSid, aliyunAccessKeyId }: Config, { outbox }: AllInOneRole): string {
  const providers = [twilioAccountSid && 'Twilio', aliyunAccessKeyId && 'Aliyun'].filter(Boolean)
  if (providers.length > 0) return providers.join(' and ')
  return outbox
    ? `files in ${outbox}`
    : 'nobody yet: set the credentials of Twilio or Aliyun, or OUTBOX=1 to write files'
}

/** Phones and chats whose providers need credentials. */
function appTargets(
  { slackToken, telegramToken, fcmCredentials, apnsKey }: Config,
  { outbox }: Pick<AllInOneRole, 'outbox'>,
): string[] {
  const all = [
    { name: 'Android', setting: 'FCM_CREDENTIALS', value: fcmCredentials },
    { name: 'Apple devices', setting: 'APNS_KEY', value: apnsKey },
    { name: 'Slack channels', setting: 'SLACK_TOKEN', value: slackToken },
    { name: 'Telegram', setting: 'TELEGRAM_TOKEN', value: telegramToken },
  ]
  const [called, missing] = [all.filter(({ value }) => value), all.filter(({ value }) => !value)]
  const namesOf = (some: typeof all) => inWords(some.map(({ name }) => name))
  const settings = inWords(missing.map(({ setting }) => setting))
  const target = outbox ? `files in ${outbox}` : `nobody yet: set ${settings}, or OUTBOX=1 to write files`
  return [
    ...(called.length > 0 ? [`Messages to ${namesOf(called)} are sent.`] : []),
    ...(missing.length > 0 ? [`Messages to ${namesOf(missing)} go to ${target}.`] : []),
  ]
}

function inWords(names: string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** With a key requests must be signed, which curl cannot do. */
function examples(config: Config, { port }: AllInOneRole): string[] {
  return EXAMPLES.map(({ path, data }) => {
    const fields = data.map((field) => ` -d ${field}`).join('')
    return config.open
      ? `curl -i localhost:${port}${path}${fields}`
      : `npx carillon curl --port ${port} POST ${path}${fields}`
  })
}

const SIGNED_TRY = 'Try it (another terminal needs the same APP_KEY and APP_SECRET):'

const EXAMPLES = [
  {
    path: '/pusher/pushers/',
    data: [
      'pusher=lupino',
      'email=example@example.com',
      'phoneNumber=12345678901',
      'nickname=xxxxx',
      'createdAt=1456403493',
    ],
  },
  { path: '/pusher/sendmail/add', data: ['pusher=lupino'] },
  {
    path: '/pusher/sendmail/push',
    data: ['pusher=lupino', `data='{"subject": "subject", "text": "Hello {{.NickName}}"}'`],
  },
  { path: '/pusher/sendmail/pushall', data: [`data='{"subject": "news", "text": "text"}'`] },
]

/** The URL of a server that listens. */
export function addressOf(server: Pick<ListeningRole, 'host' | 'port'>): string {
  return `http://${hostAndPort(server)}`
}

/** Where Snapper's producers connect to. */
export function producersOf({ host, producers: port }: Pick<RealtimeRole, 'host' | 'producers'>): string {
  return hostAndPort({ host, port })
}

function hostAndPort({ host, port }: Pick<ListeningRole, 'host' | 'port'>): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}
