/* The live connection, over the official client of Pusher Channels, which another script has loaded. */

const CHANNEL = 'presence-demo'
const STATES = {
  connecting: 'Connecting …',
  connected: 'Connected',
  unavailable: 'No connection; trying again …',
  failed: 'This browser has no WebSockets.',
  disconnected: 'Disconnected',
}

/**
 * Connects as `user`, and reports what happens: `state(text, isConnected, why)`, `heard(event, data)` for each push,
 * `here(ids)` whenever somebody comes or goes. Returns what ends it.
 */
export function connect(signer, user, report) {
  const secure = location.protocol === 'https:'
  const port = Number(location.port) || (secure ? 443 : 80)
  const pusher = new globalThis.Pusher(signer.key, {
    cluster: '',
    wsHost: location.hostname,
    wsPort: port,
    wssPort: port,
    forceTLS: secure,
    enabledTransports: ['ws', 'wss'],
    ...signer.signIn(user),
  })
  let why = '' // the server's sentence before an end that is final
  pusher.connection.bind('error', ({ data, error }) => (why = (data ?? error?.data)?.message ?? ''))
  pusher.connection.bind('state_change', ({ current }) =>
    report.state(STATES[current] ?? current, current === 'connected', current === 'disconnected' ? why : ''),
  )
  pusher.user.bind_global((event, data) => report.heard(event, data))
  pusher.signin()
  watchMembers(pusher.subscribe(CHANNEL), report)
  return () => pusher.disconnect()
}

function watchMembers(channel, report) {
  const show = () => report.here(Object.keys(channel.members.members).toSorted())
  for (const event of ['subscription_succeeded', 'member_added', 'member_removed'])
    channel.bind(`pusher:${event}`, show)
}
