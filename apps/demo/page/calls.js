/** The HTTP API, as any application calls it; in open mode nothing is signed. */

const SENDER = 'sendrealtime'

/** Ids of the pushers that can be rung here, newest first. */
export async function knownPushers() {
  const { pushers } = await call('/pusher/pushers/?size=100')
  return pushers.filter(({ senders }) => senders.includes(SENDER)).map(({ id }) => id)
}

/** Makes the pusher if there is none, and gives it the sender. */
export async function makePusher(pusher) {
  const found = await fetch(`/pusher/pushers/${encodeURIComponent(pusher)}/`)
  if (!found.ok) await call('/pusher/pushers/', { pusher })
  await call(`/pusher/${SENDER}/add`, { pusher })
}

/** Resolves to the name of the push. */
export async function push(pusher, event, data) {
  const { name } = await call(`/pusher/${SENDER}/push`, { pusher, data: JSON.stringify({ event, data }) })
  return name
}

/** The same as `push`, for a POSIX shell. */
export function curlLine(pusher, event, data) {
  const fields = [`pusher=${pusher}`, `data=${JSON.stringify({ event, data })}`]
  const quoted = fields.map((field) => ` --data-urlencode '${field.replaceAll("'", `'\\''`)}'`)
  return `curl ${location.origin}/pusher/${SENDER}/push${quoted.join('')}`
}

/** The key of the app that the page speaks for. */
export async function appKey() {
  const { key } = await call('/demo/app')
  return key
}

async function call(path, fields) {
  const request = fields && { method: 'POST', body: new URLSearchParams(fields) }
  const response = await fetch(path, request).catch(() => {
    throw new Error('The server does not answer.')
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.err)
  return answer
}
