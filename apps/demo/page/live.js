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
 * Connects as `user`, and tells what happens: `state(text)`, `heard(event, data)` for each push, `here(ids)` whenever
 * somebody comes or goes. Returns what ends it.
 */
export function connect(key, user, tell) {
  const secure = location.protocol === 'https:'
  const port = Number(location.port) || (secure ? 443 : 80)
  const pusher = new globalThis.Pusher(key, {
    cluster: '',
    wsHost: location.hostname,
    wsPort: port,
    wssPort: port,
    forceTLS: secure,
    enabledTransports: ['ws', 'wss'],
    userAuthentication: { endpoint: '/demo/user', transport: 'ajax', params: { user } },
    channelAuthorization: { endpoint: '/demo/member', transport: 'ajax', params: { user } },
  })
  pusher.connection.bind('state_change', ({ current }) => tell.state(STATES[current] ?? current))
  pusher.user.bind_global((event, data) => tell.heard(event, data))
  pusher.signin()
  watchMembers(pusher.subscribe(CHANNEL), tell)
  return () => pusher.disconnect()
}

function watchMembers(channel, tell) {
  const show = () => tell.here(Object.keys(channel.members.members).toSorted())
  for (const event of ['subscription_succeeded', 'member_added', 'member_removed'])
    channel.bind(`pusher:${event}`, show)
}
