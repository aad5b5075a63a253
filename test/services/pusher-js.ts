import { createHash } from 'node:crypto'
import type { App } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import pusherJs, { type Channel, type Options } from 'pusher-js'
import nacl from 'tweetnacl'
import { onTestFinished } from 'vitest'
import { channelText, sign, userText } from '../../packages/protocol-channels/signature.ts'

// The module is the class; its types say that it has a default export.
const PusherClass = pusherJs as unknown as typeof pusherJs.default
export type PusherJs = InstanceType<typeof PusherClass>

export interface Person {
  /** Of channels with presence. */
  member?: object
  /** For sign-in. */
  user?: object
  masterKey?: Buffer
}

/** The official client, which asks an application that knows the app's secret. */
export function pusherJsOn(
  node: { port: number },
  app: App,
  person: Person = {},
  options: Partial<Options> = {},
): PusherJs {
  const client = new PusherClass(app.key, {
    wsHost: '127.0.0.1',
    wsPort: node.port,
    forceTLS: false,
    enabledTransports: ['ws'],
    cluster: '',
    ...authorityOf(app, person),
    ...options,
  })
  onTestFinished(() => client.disconnect())
  return client
}

/** Waits until it is connected. */
export async function connected(client: PusherJs): Promise<PusherJs> {
  await waitFor(() => client.connection.state === 'connected')
  return client
}

/** Subscribes, waits for the answer, and keeps what the channel hears from then on. */
export async function listen(
  client: PusherJs,
  name: string,
): Promise<{ channel: Channel; heard: [string, unknown][] }> {
  const channel = client.subscribe(name)
  const heard: [string, unknown][] = []
  channel.bind_global((event: string, data: unknown) => heard.push([event, data]))
  await waitFor(() => channel.subscribed, { what: `subscription of ${name}` })
  return { channel, heard }
}

/** As the server SDK encrypts for an encrypted channel. */
export function encrypt(channel: string, masterKey: Buffer, text: string): string {
  const nonce = nacl.randomBytes(nacl.secretbox.nonceLength)
  const box = nacl.secretbox(Buffer.from(text), nonce, sharedSecret(channel, masterKey))
  return JSON.stringify({ nonce: toBase64(nonce), ciphertext: toBase64(box) })
}

function authorityOf(app: App, person: Person): Partial<Options> {
  return {
    channelAuthorization: {
      customHandler: ({ socketId, channelName }, callback) =>
        callback(null, channelAnswer(app, person, socketId, channelName)),
    },
    userAuthentication: {
      customHandler: ({ socketId }, callback) => callback(null, userAnswer(app, person, socketId)),
    },
  }
}

/** What the application answers to a client that wants onto a channel. */
export function channelAnswer(
  app: App,
  { member, masterKey }: Person,
  socketId: string,
  channel: string,
): { auth: string; channel_data?: string; shared_secret?: string } {
  const data = channel.startsWith('presence-') && member ? JSON.stringify(member) : undefined
  return {
    auth: signed(app, channelText(socketId, channel, data)),
    ...(data !== undefined && { channel_data: data }),
    ...(masterKey && { shared_secret: toBase64(sharedSecret(channel, masterKey)) }),
  }
}

/** What the application answers to a client that signs in. */
export function userAnswer(app: App, { user }: Person, socketId: string): { auth: string; user_data: string } {
  const data = JSON.stringify(user)
  return { auth: signed(app, userText(socketId, data)), user_data: data }
}

function signed({ key, secrets }: App, text: string): string {
  return `${key}:${sign(secrets[0]!.secret, text)}`
}

function sharedSecret(channel: string, masterKey: Buffer): Uint8Array {
  return createHash('sha256').update(channel).update(masterKey).digest()
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
