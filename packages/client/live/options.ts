import type {
  ChannelAuthorizationCallback,
  ChannelAuthorizationOptions,
  Options,
  UserAuthenticationCallback,
  UserAuthenticationOptions,
} from 'pusher-js'
import nacl from 'tweetnacl'

export interface LiveOptions extends ApplicationRequest {
  /** The URL of the server, such as `https://push.example.com`. A path in it is that of a proxy. */
  url: string
  /** The key of the app. */
  key: string
  /** Where the application signs for private and presence channels; default `/pusher/auth`. Node wants a whole URL. */
  authEndpoint?: string | undefined
  /** Where the application confirms who is signed in; default `/pusher/user-auth`. Node needs a complete URL. */
  userAuthEndpoint?: string | undefined
  /** Anything else of pusher-js, such as `channelAuthorization` in place of an endpoint. */
  pusher?: Partial<Options> | undefined
}

type ChannelAuthData = NonNullable<Parameters<ChannelAuthorizationCallback>[1]>
type UserAuthData = NonNullable<Parameters<UserAuthenticationCallback>[1]>

/** @throws TypeError naming the option that cannot be used. */
export function pusherOptions(options: LiveOptions): Options {
  return { ...target(options.url), ...authority(options), nacl, ...options.pusher } as Options
}

function target(text: string): Partial<Options> {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw new TypeError('url must be one of http or https')
  const { protocol, hostname, port, pathname } = new URL(text)
  return {
    wsHost: hostname,
    wsPort: Number(port) || 80,
    wssPort: Number(port) || 443,
    wsPath: pathname.replace(/\/+$/, ''),
    forceTLS: protocol === 'https:',
    enabledTransports: ['ws', 'wss'],
    // Required, and of no meaning where there is a host.
    cluster: '',
  }
}

function authority(options: LiveOptions): {
  channelAuthorization: ChannelAuthorizationOptions
  userAuthentication: UserAuthenticationOptions
} {
  const { authEndpoint = '/pusher/auth', userAuthEndpoint = '/pusher/user-auth' } = options
  return {
    channelAuthorization: {
      customHandler({ socketId, channelName }, callback) {
        const form = { socket_id: socketId, channel_name: channelName }
        void reply(askApplication<ChannelAuthData>(authEndpoint, form, options), callback)
      },
    },
    userAuthentication: {
      customHandler({ socketId }, callback) {
        const form = { socket_id: socketId }
        void reply(askApplication<UserAuthData>(userAuthEndpoint, form, options), callback)
      },
    },
  }
}

async function reply<Answer>(
  asked: Promise<Answer>,
  answer: (error: Error | null, data: Answer | null) => void,
): Promise<void> {
  const [error, data] = await asked.then(
    (given) => [null, given] as const,
    (failure: Error) => [failure, null] as const,
  )
  answer(error, data)
}

/** How the application's endpoints are called. */
interface ApplicationRequest {
  /** Headers of every request to the endpoints, such as a token; asked for each time. */
  headers?: (() => Record<string, string>) | undefined
  /** Whether cookies go along to another origin; default `same-origin`: to the own one only. */
  credentials?: 'include' | 'same-origin' | 'omit' | undefined
}

/**
 * Posts a form to an auth endpoint, as pusher-js would do; but the sentence of a refusal comes along,
 * and it is the same in Node as in a browser.
 */
async function askApplication<Answer>(
  endpoint: string,
  form: Record<string, string>,
  { headers, credentials = 'same-origin' }: ApplicationRequest,
): Promise<Answer> {
  const init = { method: 'POST', headers: headers?.() ?? {}, credentials, body: new URLSearchParams(form) }
  const response = await fetch(endpoint, init).catch((error: Error) => {
    throw new Error(`${endpoint} could not be called: ${error.message}`)
  })
  if (response.ok) return response.json() as Promise<Answer>
  const text = await response.text()
  throw new Error(/^[^<{].{0,999}$/s.test(text) ? text : `${endpoint} answered ${response.status}`)
}
