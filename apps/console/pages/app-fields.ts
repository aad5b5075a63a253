import { QUIET_HOURS_HINT } from './quiet-hours-field.ts'

/** A setting in the form of an app. */
export interface Field {
  /** As the API has it. */
  name: string
  /**
   * `flag`: true or false. `switch`: a setting that is on or not set. `text`: required. `url`: or empty. `lines`: a value a line.
   * `hooks`: a URL and its events a line. `limit`: a number among the limits, or empty for the default. `hours`: quiet hours, or
   * empty. `word` and `number`: or empty for the default.
   */
  kind: 'flag' | 'switch' | 'text' | 'url' | 'lines' | 'hooks' | 'limit' | 'hours' | 'word' | 'number'
  label: string
  hint?: string
}

/** The form of an app, by what its fields are about. Their order is that of the page. */
export const groups: readonly (readonly [title: string, fields: readonly Field[]])[] = [
  [
    'General',
    [
      { name: 'name', kind: 'text', label: 'Name' },
      {
        name: 'enabled',
        kind: 'flag',
        label: 'Enabled',
        hint: 'Otherwise its calls are refused, and its connections are closed within a second.',
      },
      {
        name: 'v2Only',
        kind: 'flag',
        label: 'Version 2 of signatures only',
        hint: 'Refuses calls that are signed by version 1, which can be sent again.',
      },
    ],
  ],
  [
    'Who may connect',
    [
      {
        name: 'allowedOrigins',
        kind: 'lines',
        label: 'Allowed origins',
        hint: 'One a line, such as https://example.com or *.example.com. If it is empty, web pages of all origins may connect.',
      },
      {
        name: 'authorizedConnections',
        kind: 'switch',
        label: 'Authorized connections only',
        hint: 'Closes connections that neither sign in nor join a private or presence channel in time.',
      },
      { name: 'tlsOnly', kind: 'switch', label: 'TLS only', hint: 'Refuses WebSockets without TLS.' },
      {
        name: 'connectHook',
        kind: 'url',
        label: 'Connect hook',
        hint: 'A URL that decides whether a client of GoPusher may connect.',
      },
    ],
  ],
  [
    'Channels',
    [
      {
        name: 'clientEvents',
        kind: 'switch',
        label: 'Client events',
        hint: 'Clients may send events to the private and presence channels on which they are.',
      },
      {
        name: 'subscriptionCount',
        kind: 'switch',
        label: 'Subscription counts',
        hint: 'Subscribers of channels without presence receive how many they are.',
      },
      {
        name: 'watchlist',
        kind: 'switch',
        label: 'Watchlists',
        hint: 'Users are notified when those on their watchlist come and go.',
      },
      {
        name: 'webhooks',
        kind: 'hooks',
        label: 'Webhooks',
        hint: 'One a line: a URL, and behind it the events that it receives, such as channel_occupied. Without events it receives all.',
      },
    ],
  ],
  [
    'Quiet hours',
    [
      {
        name: 'quietHours',
        kind: 'hours',
        label: 'Quiet hours',
        hint: `For pushers without their own. ${QUIET_HOURS_HINT}`,
      },
      {
        name: 'timezone',
        kind: 'word',
        label: 'Time zone',
        hint: 'For pushers whose time zone is unknown, such as Asia/Shanghai. Default: UTC',
      },
      {
        name: 'smear',
        kind: 'number',
        label: 'Spread in seconds',
        hint: 'After quiet hours, pushes that were held back are sent over this time. Default: 600',
      },
    ],
  ],
  [
    'Limits',
    [
      { name: 'limits.connections', kind: 'limit', label: 'Connections', hint: 'Default: unlimited' },
      { name: 'limits.requestsPerSecond', kind: 'limit', label: 'Requests per second', hint: 'Default: unlimited' },
      { name: 'limits.eventBytes', kind: 'limit', label: 'Bytes of an event', hint: 'Default: 10,240' },
      { name: 'limits.presenceMembers', kind: 'limit', label: 'Members of a presence channel', hint: 'Default: 100' },
      { name: 'limits.userInfoBytes', kind: 'limit', label: "Bytes of a member's info", hint: 'Default: 1,024' },
      { name: 'limits.userIdCharacters', kind: 'limit', label: "Characters of a user's id", hint: 'Default: 255' },
      { name: 'limits.authorizationSeconds', kind: 'limit', label: 'Seconds to be authorized', hint: 'Default: 30' },
    ],
  ],
]

export const fields = groups.flatMap(([, each]) => each)
