/* "Ring this browser": Web Push, as any application has it, and what the page says about it. */

import { shellLine } from './calls.js'
import { pushState, subscribePush, unsubscribePush } from './push.js'
import { byId, say, showHeard, showRinging } from './view.js'

const SENDER = 'sendpush'
const serviceWorker = '/demo/carillon-sw.js'

const SENTENCES = {
  unsupported: 'Notifications need a browser with Web Push, and a page on HTTPS, localhost or 127.0.0.1.',
  denied: 'Notifications of this page are blocked. Allow them in the settings of the browser, then reload the page.',
  off: 'Pushes of sendpush can reach you even while this page is closed.',
}

/** What the card does for a pusher who has signed in. */
export function createRinging(calls, isSigned, me) {
  const options = { url: location.origin, token: () => calls.userToken(me), serviceWorker }
  /** The id of this browser's; the server removes it once the push service says that it is gone. */
  let address

  /** A browser that has subscribed rings for whoever signs in: so the address moves to this pusher. */
  async function begin() {
    byId('ring-command').textContent = shellLine(isSigned, SENDER, me, message())
    const state = await pushState(options)
    if (state === 'on') await trying(start)
    else show(state)
  }

  async function start() {
    showRinging('starting', 'Subscribing at the push service of this browser. This may take half a minute…')
    try {
      const { id } = await subscribePush(options)
      await calls.addSender(SENDER, me)
      address = id
      showRinging('on', `This browser rings for ${me}.`)
    } catch (error) {
      show('off')
      throw error
    }
  }

  async function stop() {
    await unsubscribePush(options)
    show('off')
  }

  async function ring() {
    const name = await calls.push(SENDER, me, message())
    say('rung', `Accepted: ${name}`)
    const push = await calls.outcome(SENDER, me, name)
    if (push?.state === 'sent') say('rung', `Sent: ${name}`)
    else if (push?.reason) say('rung', `${push.state === 'dead' ? 'Not sent' : 'Not sent yet'}: ${push.reason}`, true)
    if (!(await calls.hasAddress(me, address))) await stop()
  }

  /** Clicking the notification leads back to this page. */
  function message() {
    return { title: 'It rings', body: 'Hello {{ pusher.id }}, this is Carillon.', url: location.href }
  }

  return { begin, start: () => trying(start), stop: () => trying(stop), now: () => trying(ring) }
}

/** Shows each message that arrives while the page is open, also where the system hides notifications. */
export function hearNotifications() {
  navigator.serviceWorker?.addEventListener('message', ({ data }) => {
    if (data?.type === 'carillon-push') showHeard(data.message.title ?? 'silent push', data.message)
  })
}

function show(state) {
  showRinging(state, SENTENCES[state])
}

/** Says in the card what went wrong. */
async function trying(action) {
  say('rung', '')
  try {
    await action()
  } catch (error) {
    if (error.code === 'denied' || error.code === 'unsupported') showRinging(error.code, error.message)
    else say('rung', error.message, true)
  }
}
