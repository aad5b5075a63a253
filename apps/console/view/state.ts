import type { App, BroadcastState, Check, PushStateName, SenderStatus, Switch } from '@carillon/contract'
import { html } from 'hono/html'
import type { Html } from './document.ts'

/** How a state looks: what moves, what is over, what waits for somebody, and what went wrong. */
type Look = 'moves' | 'over' | 'waits' | 'wrong'

const looks: Readonly<Record<PushStateName | BroadcastState, Look>> = {
  waiting: 'waits',
  sending: 'moves',
  sent: 'over',
  dead: 'wrong',
  cancelled: 'waits',
  skipped: 'waits',
  scheduled: 'waits',
  running: 'moves',
  pausing: 'waits',
  paused: 'waits',
  done: 'over',
}

export function stateOf(state: PushStateName | BroadcastState): Html {
  return look(looks[state], state)
}

export function stateOfSender({ paused, workers, missing, outbox, waiting, active }: SenderStatus): Html {
  if (paused) return look('waits', 'paused')
  if (workers === 0 && missing !== null) return look('waits', 'not configured')
  if (workers === 0) return look('wrong', 'no worker')
  if (outbox !== null) return look('waits', 'outbox')
  return waiting + active > 0 ? look('moves', 'sending') : look('over', 'ready')
}

const looksOfChecks: Readonly<Record<Check['state'], [look: Look, text: string]>> = {
  ok: ['over', 'ok'],
  waits: ['waits', 'waits'],
  blocks: ['wrong', 'blocked'],
  partly: ['waits', 'partly'],
}

export function stateOfCheck(state: Check['state']): Html {
  return look(...looksOfChecks[state])
}

export function stateOfApp({ enabled }: App): Html {
  return enabled ? look('over', 'enabled') : look('waits', 'disabled')
}

/** What a pusher has switched off is no fault. */
export function stateOfSwitch(value: Switch): Html {
  return value === 'on' ? look('over', 'on') : look('waits', 'off')
}

function look(name: Look, text: string): Html {
  return html`<span class="state ${name}">${text}</span>`
}
