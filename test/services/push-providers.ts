import { onTestFinished } from 'vitest'
import type { Certificate } from './certificates.ts'
import { type Http2Call, type Http2Reply, http2Server, type Http2Server } from './http2-server.ts'

/** What a token's calls are answered, in order; the last answer again and again. Others are accepted. */
export type Script = Record<string, Http2Reply[]>

export interface PushService extends Http2Server {
  /** Calls that were processed, by their token. */
  callsTo(token: string): Http2Call[]
}

/** Plays APNs; ended when the test is. */
export function fakeApns(script: Script = {}, certificate?: Certificate): Promise<PushService> {
  const accepted = ({ headers }: Http2Call) => ({ headers: { 'apns-id': String(headers['apns-id']) } })
  return service(({ path }) => path.replace('/3/device/', ''), accepted, script, certificate)
}

/** Plays FCM's HTTP v1 API; ended when the test is. */
export async function fakeFcm(script: Script = {}, certificate?: Certificate): Promise<PushService> {
  let count = 0
  const accepted = ({ path }: Http2Call) => ({
    body: { name: `${path.replace('/v1/', '').replace('/messages:send', '')}/messages/${++count}` },
  })
  return service(fcmToken, accepted, script, certificate)
}

function fcmToken({ body }: Http2Call): string {
  return (JSON.parse(body) as { message: { token: string } }).message.token
}

async function service(
  tokenOf: (call: Http2Call) => string,
  accepted: (call: Http2Call) => Http2Reply,
  script: Script,
  certificate: Certificate | undefined,
): Promise<PushService> {
  const server = await http2Server(certificate)
  onTestFinished(() => server.close())
  server.reply = (call) => {
    const replies = script[tokenOf(call)]
    return (replies && replies.length > 1 ? replies.shift() : replies?.[0]) ?? accepted(call)
  }
  return Object.assign(server, {
    callsTo: (token: string) => server.calls.filter((call) => tokenOf(call) === token),
  })
}

/** An answer of FCM that is no success. */
export function fcmError(
  status: number,
  code: string,
  more: { errorCode?: string; fields?: string[]; message?: string } = {},
): Http2Reply {
  const { errorCode, fields, message = 'English for people' } = more
  const details = [
    ...(errorCode ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }] : []),
    ...(fields
      ? [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: fields.map((field) => ({ field })) }]
      : []),
  ]
  return { status, body: { error: { code: status, message, status: code, details } } }
}
