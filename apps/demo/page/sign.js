/* What an application's server does with its secret. Here the page does it, since whoever reads it has the secret. */

const CHANNEL = 'presence-demo'

/** Signs with the key and the secret of an app, in this browser. */
export function createSigner(key, secret) {
  const authorize = async (text) => `${key}:${await hmac(secret, text)}`
  return {
    key,
    /** The headers of a request with version 2 of the signatures. */
    async headers(method, pathAndQuery, body) {
      const time = String(Math.floor(Date.now() / 1000))
      const nonce = crypto.randomUUID()
      const lines = [method, pathAndQuery, time, nonce, await sha256(body)]
      return {
        'X-App-Key': key,
        'X-Request-Time': time,
        'X-Signature-Version': '2',
        'X-Request-Nonce': nonce,
        'X-Request-Signature': await hmac(secret, lines.join('\n')),
      }
    },
    /** Options of pusher-js with which a connection is signed in as a user, and let onto the channel of this page. */
    signIn(user) {
      return {
        userAuthentication: {
          customHandler: answering(async ({ socketId }) => {
            const userData = JSON.stringify({ id: user })
            return { auth: await authorize(`${socketId}::user::${userData}`), user_data: userData }
          }),
        },
        channelAuthorization: {
          customHandler: answering(async ({ socketId }) => {
            const channelData = JSON.stringify({ user_id: user })
            return { auth: await authorize(`${socketId}:${CHANNEL}:${channelData}`), channel_data: channelData }
          }),
        },
      }
    },
  }
}

/** In open mode nothing is signed, and the server signs connections in. */
export function unsigned(key) {
  return {
    key,
    headers: async () => ({}),
    signIn: (user) => ({
      userAuthentication: { endpoint: '/demo/user', transport: 'ajax', params: { user } },
      channelAuthorization: { endpoint: '/demo/member', transport: 'ajax', params: { user } },
    }),
  }
}

/** Browsers sign on HTTPS and on this machine only. */
export function canSign() {
  return globalThis.isSecureContext
}

function answering(make) {
  return (request, answer) => {
    make(request).then(
      (made) => answer(null, made),
      (error) => answer(error, null),
    )
  }
}

async function sha256(text) {
  return hex(await crypto.subtle.digest('SHA-256', bytes(text)))
}

async function hmac(secret, text) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes(secret), algorithm, false, ['sign'])
  return hex(await crypto.subtle.sign('HMAC', key, bytes(text)))
}

function bytes(text) {
  return new TextEncoder().encode(text)
}

function hex(buffer) {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
