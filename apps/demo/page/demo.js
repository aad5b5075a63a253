import { createCalls, openKey, shellLine } from './calls.js'
import { connect } from './live.js'
import { createRinging, hearNotifications } from './ring.js'
import { canSign, createSigner, unsigned } from './sign.js'
import { byId, clearHeard, say, showChoices, showConnected, showHeard, showHere, showKnown, showRoom } from './view.js'

const MOST_CHOICES = 12
const SENDER = 'sendrealtime'

/** The key of open mode; null where the reader brings the key and the secret of an app. */
const key = await openKey()
const open = key === null ? undefined : unsigned(key)

let calls = open && createCalls(open)
let leave = () => {}
let ringing

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  void signIn(byId('me').value.trim())
})
byId('sign-out').addEventListener('click', signOut)
byId('push').addEventListener('submit', (event) => {
  event.preventDefault()
  void pushWhatIsWritten()
})
byId('push').addEventListener('input', showCommand)
for (const action of ['start', 'now', 'stop'])
  byId(`ring-${action}`).addEventListener('click', () => void ringing[action]())
hearNotifications()

await begin()

/** The address says who one is, so that a reload, or a bookmark, is the same person again. */
async function begin() {
  const me = location.hash.length > 1 ? decodeURIComponent(location.hash.slice(1)) : ''
  if (me !== '') byId('me').value = me
  byId('credentials').hidden = open !== undefined
  for (const id of ['key', 'secret']) byId(id).required = open === undefined
  if (!open && !canSign()) say('sign-in-problem', 'Browsers sign requests only on HTTPS, localhost or 127.0.0.1.', true)
  if (open && me !== '') await signIn(me)
  else await offerKnown()
}

async function signIn(me) {
  if (me === '') return
  const signer = open ?? createSigner(byId('key').value.trim(), byId('secret').value.trim())
  calls = createCalls(signer)
  try {
    await calls.makePusher(me)
    enter(me)
    leave = connect(signer, me, {
      state: (text, isConnected, why) => {
        say('status', `${text} as ${me}${why && `: ${why}`}`)
        showConnected(isConnected)
      },
      heard: showHeard,
      here: (ids) => showHere(ids, me),
    })
    ringing = createRinging(calls, !open, me)
    await ringing.begin()
    await offerKnown()
  } catch (error) {
    say('sign-in-problem', error.message, true)
  }
}

function enter(me) {
  history.replaceState(null, '', `#${encodeURIComponent(me)}`)
  say('sign-in-problem', '')
  byId('to').value = me
  showRoom(true)
  showCommand()
  byId('data').focus()
}

function signOut() {
  leave()
  void ringing?.stop() // whoever signs in next must not read what rings here
  history.replaceState(null, '', location.pathname)
  showRoom(false)
  showConnected(false)
  showHere([])
  clearHeard()
  say('pushed', '')
  say('status', 'Not signed in')
  byId('me').focus()
  void offerKnown()
}

async function offerKnown() {
  if (!calls) return
  try {
    const ids = await calls.knownPushers()
    showKnown(ids)
    showChoices(ids.slice(0, MOST_CHOICES), signIn)
  } catch (error) {
    say('sign-in-problem', error.message, true)
  }
}

async function pushWhatIsWritten() {
  try {
    const [to, message] = written()
    const name = await calls.push(SENDER, to, message)
    say('pushed', `Accepted: ${name}`)
    say('pushed', sentenceOf(to, name, await calls.outcome(SENDER, to, name)))
  } catch (error) {
    say('pushed', error.message, true)
  }
}

function sentenceOf(to, name, push) {
  if (push?.state === 'sent') return `Delivered to ${to}: ${name}`
  if (push?.reason === 'nobody is online') return `${to} is not connected. The push waits until they connect: ${name}`
  return `Accepted: ${name}`
}

function showCommand() {
  try {
    byId('command').textContent = shellLine(!open, SENDER, ...written())
  } catch {
    byId('command').textContent = '' // while the JSON is being written
  }
}

function written() {
  return [byId('to').value.trim(), { event: byId('event').value, data: jsonOf(byId('data').value) }]
}

function jsonOf(text) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('The data must be JSON, such as "text" or { "n": 1 }.')
  }
}
