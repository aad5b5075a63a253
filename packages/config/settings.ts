import { addressRates } from '@carillon/contract'
import * as z from 'zod'
import {
  country,
  databaseUrl,
  flag,
  host,
  iceUrls,
  ipv4,
  list,
  logLevel,
  mailAddress,
  onAmbiguous,
  origins,
  port,
  portRange,
  publicUrl,
  queuePrefix,
  rateText,
  redisUrl,
  text,
  token,
  url,
  verificationKey,
  wholeNumber,
} from './schemas.ts'

/** One line of the table below. */
export interface Setting {
  /** From text to what the program uses. */
  schema: z.ZodType<unknown, string>
  /** As text, read by the same schema; absent: the setting may be undefined. */
  default?: string
  /** `whole`: never shown. `password`: a URL, shown without its password. */
  secret?: 'whole' | 'password'
  /** GivenSetting on, on the command line, without a value. */
  flag?: true
  /** Read by a sender from `senderEnv`. */
  sender?: true
  about: string
}

/** Ten years: beyond it a ttl is a mistake, such as milliseconds. */
const LONGEST_TTL_S = 10 * 366 * 86_400
/** A month. */
const LONGEST_TURN_S = 31 * 86_400
const web = url('https', 'http')

/** Every setting there is: the environment's names, from which flags, the file's keys and the docs' table follow. */
const settings = {
  HOST: {
    schema: host,
    default: '127.0.0.1',
    about: 'Address to listen on. An address other than loopback requires `APP_KEY`',
  },
  PORT: { schema: port, default: '6001', about: 'HTTP port. 0 selects a free port' },
  KEEP_ALIVE_SECONDS: {
    schema: wholeNumber(1, 3600),
    default: '75',
    about: 'Seconds for which an idle HTTP connection is kept. Must be longer than clients keep theirs',
  },
  PUBLIC_URL: { schema: publicUrl, sender: true, about: 'URL at which recipients and providers reach the API' },
  SNAPPER_PORT: { schema: port, default: '7720', about: 'TCP port for Snapper producers. 0 selects a free port' },
  DATA_DIR: { schema: text, default: '.data', about: 'Folder of the embedded database and the outbox' },
  DATABASE_URL: { schema: databaseUrl, secret: 'password', about: 'URL of Postgres. If unset, the embedded database' },
  DATABASE_POOL: {
    schema: wholeNumber(1, 1000),
    default: '10',
    about: 'Maximum number of connections to Postgres per process',
  },
  REDIS_URL: { schema: redisUrl, secret: 'password', about: 'URL of Redis. If unset, only one process can run' },
  REDIS_TLS_CA: { schema: text, about: 'File with PEM certificates that verify a `rediss` server' },
  REDIS_TLS_REJECT_UNAUTHORIZED: {
    schema: flag,
    default: '1',
    flag: true,
    about: '0 accepts any certificate of a `rediss` server',
  },
  APP_ID: { schema: wholeNumber(1, 2 ** 31 - 1), default: '1', about: 'Id of the first app' },
  APP_KEY: { schema: token, about: 'Key of the first app. If unset, open mode: no signature is required' },
  APP_SECRET: { schema: text, secret: 'whole', about: 'Secret of the first app, which signs requests' },
  ALLOWED_ORIGINS: {
    schema: origins,
    default: '',
    about: 'Origins of the web pages that may call `/v1/me`, comma-separated. If unset, none',
  },
  ADMIN_ACCOUNT: { schema: text, about: 'Account for the console, `/v1/apps` and GoPusher' },
  ADMIN_PASSWORD: { schema: text, secret: 'whole', about: 'Password of `ADMIN_ACCOUNT`' },
  VIEWER_ACCOUNT: { schema: text, about: 'Account for the console that can only read' },
  VIEWER_PASSWORD: { schema: text, secret: 'whole', about: 'Password of `VIEWER_ACCOUNT`' },
  SENDGRID_API_KEY: {
    schema: token,
    secret: 'whole',
    sender: true,
    about: 'API key that sends email through SendGrid',
  },
  SENDGRID_WEBHOOK_KEY: { schema: verificationKey, about: "Verification key of SendGrid's signed event webhook" },
  SENDGRID_BASE_URL: { schema: web, secret: 'password', sender: true, about: 'URL of the SendGrid API' },
  SMTP_URL: {
    schema: url('smtp', 'smtps'),
    secret: 'password',
    sender: true,
    about: 'URL of an SMTP server that sends email',
  },
  MAIL_FROM: { schema: mailAddress, sender: true, about: 'Address from which email is sent' },
  MAIL_FROM_NAME: { schema: text, sender: true, about: 'Sender name shown with `MAIL_FROM`' },
  UNSUBSCRIBE_MAILTO: {
    schema: mailAddress,
    sender: true,
    about: 'Mailbox that mail programs can also ask to unsubscribe. Carillon does not read it',
  },
  TWILIO_ACCOUNT_SID: { schema: token, sender: true, about: 'Twilio account, for SMS with a text' },
  TWILIO_AUTH_TOKEN: { schema: token, secret: 'whole', sender: true, about: 'Token of the Twilio account' },
  TWILIO_FROM: { schema: text, sender: true, about: 'Number or messaging service from which SMS are sent' },
  TWILIO_BASE_URL: { schema: web, secret: 'password', sender: true, about: 'URL of the Twilio API' },
  ALIYUN_ACCESS_KEY_ID: { schema: token, sender: true, about: 'Aliyun access key, for SMS with a template' },
  ALIYUN_ACCESS_KEY_SECRET: { schema: token, secret: 'whole', sender: true, about: 'Secret of the Aliyun key' },
  ALIYUN_BASE_URL: { schema: web, secret: 'password', sender: true, about: 'URL of the Aliyun SMS API' },
  PHONE_COUNTRY: {
    schema: country,
    sender: true,
    about: 'Country of phone numbers without a country code, such as `DE`',
  },
  VAPID_PUBLIC_KEY: {
    schema: token,
    sender: true,
    about: 'Public key with which browsers subscribe, in base64url. If unset, Carillon makes a pair and keeps it',
  },
  VAPID_PRIVATE_KEY: { schema: token, secret: 'whole', sender: true, about: 'Private key that signs Web Push' },
  VAPID_SUBJECT: {
    schema: text,
    sender: true,
    about: 'Your contact for push services: `mailto:` or `https:`. If unset, `PUBLIC_URL` or `MAIL_FROM`',
  },
  SLACK_TOKEN: {
    schema: token,
    secret: 'whole',
    sender: true,
    about: 'Token of a Slack app, for channels and users. Incoming webhooks need none',
  },
  SLACK_BASE_URL: { schema: web, secret: 'password', sender: true, about: 'URL of the Slack API' },
  SLACK_CHANNEL_RATE: {
    schema: rateText,
    default: addressRates.SLACK_CHANNEL_RATE,
    sender: true,
    about: 'Maximum rate of messages to one Slack channel or webhook',
  },
  DISCORD_WEBHOOK_RATE: {
    schema: rateText,
    default: addressRates.DISCORD_WEBHOOK_RATE,
    sender: true,
    about: 'Maximum rate of messages to one Discord webhook. The default is 5 in 2 seconds',
  },
  TELEGRAM_TOKEN: {
    schema: token,
    secret: 'whole',
    sender: true,
    about: 'Token of the Telegram bot that sends messages',
  },
  TELEGRAM_BASE_URL: { schema: web, secret: 'password', sender: true, about: 'URL of the Telegram Bot API' },
  TELEGRAM_CHAT_RATE: {
    schema: rateText,
    default: addressRates.TELEGRAM_CHAT_RATE,
    sender: true,
    about: 'Maximum rate of messages to one person on Telegram',
  },
  TELEGRAM_GROUP_RATE: {
    schema: rateText,
    default: addressRates.TELEGRAM_GROUP_RATE,
    sender: true,
    about: 'Maximum rate of messages to one Telegram group or channel',
  },
  TEAMS_WEBHOOK_RATE: {
    schema: rateText,
    default: addressRates.TEAMS_WEBHOOK_RATE,
    sender: true,
    about: 'Maximum rate of messages to one Teams webhook',
  },
  FCM_CREDENTIALS: {
    schema: z.string(),
    secret: 'whole',
    sender: true,
    about: 'Service account of Firebase, as a file or JSON. Several are comma-separated',
  },
  FCM_BASE_URL: { schema: web, secret: 'password', sender: true, about: 'URL of the FCM API' },
  FCM_TOKEN_URL: { schema: web, secret: 'password', sender: true, about: 'URL of Google that gives access tokens' },
  APNS_KEY: {
    schema: z.string(),
    secret: 'whole',
    sender: true,
    about: 'Key for APNs, as a `.p8` file or its content',
  },
  APNS_KEY_ID: { schema: token, sender: true, about: 'Id of `APNS_KEY`, ten characters' },
  APNS_TEAM_ID: { schema: token, sender: true, about: 'Id of the Apple developer team, ten characters' },
  APNS_TOPIC: { schema: token, sender: true, about: 'Bundle id of the app, for addresses without a target' },
  APNS_BASE_URL: { schema: web, secret: 'password', sender: true, about: 'URL of APNs' },
  APNS_SANDBOX_BASE_URL: { schema: web, secret: 'password', sender: true, about: "URL of APNs's sandbox" },
  HOOKS_FILE: { schema: text, sender: true, about: 'JSON file of hooks, each of which is a sender' },
  ALLOW_PRIVATE_HOOKS: {
    schema: flag,
    default: '0',
    flag: true,
    sender: true,
    about: '1 allows URLs from API calls to be http, private, and for chats at any host',
  },
  SENDERS: { schema: list, default: '', about: 'Paths of sender plugins to load, comma-separated' },
  OUTBOX: {
    schema: flag,
    flag: true,
    about: '1 writes messages without a provider to files. If unset, only `carillon start` does',
  },
  QUEUE_PREFIX: { schema: queuePrefix, default: 'pusher', about: 'Prefix of every Redis key, without `:`' },
  WORKER_CONCURRENCY: {
    schema: wholeNumber(1, 10_000),
    default: '100',
    about: 'Maximum number of simultaneous sends per sender',
  },
  RETRY_TIMES: { schema: wholeNumber(1, 1000), default: '10', about: 'Failed attempts after which a push is dead' },
  ON_AMBIGUOUS: {
    schema: onAmbiguous,
    default: 'retry',
    about: 'What to do with a message that may have been sent: `retry` or `giveup`',
  },
  PUSH_TTL: {
    schema: wholeNumber(1, LONGEST_TTL_S),
    default: '604800',
    about: 'Seconds until an unfinished push expires',
  },
  RETENTION_DAYS: { schema: wholeNumber(1, 3660), default: '30', about: 'Days for which finished pushes are kept' },
  ADDRESS_DAYS: {
    schema: wholeNumber(1, 3660),
    default: '270',
    about: 'Days for which an address that is not registered again is kept',
  },
  ICE_SERVERS: { schema: iceUrls, default: '', about: 'STUN and TURN servers for calls in sessions, comma-separated' },
  TURN_SECRET: { schema: text, secret: 'whole', about: 'Secret shared with coturn (`static-auth-secret`)' },
  TURN_TTL: {
    schema: wholeNumber(60, LONGEST_TURN_S),
    default: '86400',
    about: "Seconds for which a client's TURN credentials are valid",
  },
  MEDIA_PORTS: {
    schema: portRange,
    about: 'UDP ports for the media of archives, such as `40000-40100`. If unset, any port',
  },
  MEDIA_ADDRESS: { schema: ipv4, about: 'Public IPv4 address of these ports, if a router or a container hides it' },
  METRICS_PORT: {
    schema: port,
    about: 'Port of a worker for `/metrics` and `/readyz`. If unset, none. 0 selects a free port',
  },
  METRICS_TOKEN: {
    schema: token,
    secret: 'whole',
    about: 'Bearer token for `/metrics`. If unset, only this machine can read it',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: web,
    secret: 'password',
    about: 'URL of an OpenTelemetry collector. If unset, no traces',
  },
  LOG_LEVEL: { schema: logLevel, default: 'info', about: 'trace, debug, info, warn, error, fatal or silent' },
} satisfies Record<string, Setting>

export type SettingName = keyof typeof settings

export const settingNames = Object.keys(settings) as SettingName[]

/** `RETRY_TIMES` → `retryTimes`: its key in a Config, and what commander makes of its flag. */
export type SettingKey<Name extends string = SettingName> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<SettingKey<Tail>>}`
  : Lowercase<Name>

/** The settings as the program reads them. */
export type SettingValues = {
  readonly [Name in SettingName as SettingKey<Name>]: ValueOf<(typeof settings)[Name]>
}

type ValueOf<Entry extends Setting> = Entry extends { default: string }
  ? z.output<Entry['schema']>
  : z.output<Entry['schema']> | undefined

/** Its line of the table, by the shape all lines share. */
export function settingOf(name: SettingName): Setting {
  return settings[name]
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name)
}

export function keyOf(name: SettingName): SettingKey {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as SettingKey
}

/** `RETRY_TIMES` → `--retry-times`. */
export function flagOf(name: SettingName): string {
  return `--${name.toLowerCase().replaceAll('_', '-')}`
}
