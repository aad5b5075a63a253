/** The HTTP API, as any application calls it. */

const REALTIME = 'sendrealtime'
const LOOKS = 10
const BETWEEN_LOOKS_MS = 300

/** Calls that `signer` signs; those of open mode are unsigned. */
export function createCalls(signer) {
  async function call(path, fields) {
    const body = fields ? new URLSearchParams(fields).toString() : ''
    const method = fields ? 'POST' : 'GET'
    const type = fields && { 'Content-Type': 'application/x-www-form-urlencoded' }
    const headers = { ...type, ...(await signer.headers(method, path, body)) }
    const response = await fetch(path, { method, headers, ...(fields && { body }) }).catch(() => {
      throw new Error('The server does not answer.')
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(answer.err)
    return answer
  }

  return {
    /** Ids of the pushers that can be reached here, newest first. */
    async knownPushers() {
      const { pushers } = await call('/pusher/pushers/?size=100')
      return pushers.filter(({ senders }) => senders.includes(REALTIME)).map(({ id }) => id)
    },

    /** Creates the pusher if it does not exist, and lets it receive live pushes. */
    async makePusher(pusher) {
      await call('/pusher/pushers/', { pusher })
      await call(`/pusher/${REALTIME}/add`, { pusher })
    },

    async addSender(sender, pusher) {
      await call(`/pusher/${sender}/add`, { pusher })
    },

    async hasAddress(pusher, id) {
      const { addresses } = await call(`/v1/pushers/${encodeURIComponent(pusher)}/addresses`)
      return addresses.some((address) => address.id === id)
    },

    /** What a page of the pusher registers addresses with. */
    async userToken(pusher) {
      const { token } = await call(`/v1/pushers/${encodeURIComponent(pusher)}/token`, { scope: 'addresses' })
      return token
    },

    /** Resolves to the name of the push. */
    async push(sender, pusher, data) {
      const { name } = await call(`/pusher/${sender}/push`, { pusher, data: JSON.stringify(data) })
      return name
    },

    /** The push, as soon as it is known whether it was delivered; undefined if that takes seconds. */
    async outcome(sender, pusher, name) {
      const newest = new URLSearchParams({ pusher, sender, size: 10 })
      for (let look = 0; look < LOOKS; look++) {
        const { pushes } = await call(`/v1/pushes?${newest}`)
        const push = pushes.find((one) => one.name === name)
        if (push?.state === 'sent' || push?.state === 'dead' || (push?.state === 'waiting' && push.attempt > 0))
          return push
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS))
      }
      return undefined
    },
  }
}

/** The same as `push` for a POSIX shell; what is signed, with the command line of Carillon. */
export function shellLine(isSigned, sender, pusher, data) {
  const fields = [`pusher=${pusher}`, `data=${JSON.stringify(data)}`]
  const quoted = (option) => fields.map((field) => ` \\\n  ${option} '${field.replaceAll("'", `'\\''`)}'`).join('')
  const path = `/pusher/${sender}/push`
  if (isSigned) return `npx carillon curl POST ${location.origin}${path}${quoted('-d')}`
  return `curl ${location.origin}${path}${quoted('--data-urlencode')}`
}

/** The key of the app that the page may speak for without a secret; null if it needs one. */
export async function openKey() {
  const response = await fetch('/demo/app')
  const { key } = await response.json()
  return key
}
