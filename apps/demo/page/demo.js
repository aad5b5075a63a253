import { appKey, curlLine, knownPushers, makePusher, push } from './calls.js'
import { connect } from './live.js'
import { byId, clearHeard, say, showChoices, showHeard, showHere, showKnown, showRoom } from './view.js'

const MOST_CHOICES = 12

let leave = () => {}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  void signIn(byId('me').value.trim())
})
byId('sign-out').addEventListener('click', signOut)
byId('push').addEventListener('submit', (event) => {
  event.preventDefault()
  void pushWhatIsWritten()
})
byId('push').addEventListener('input', showCurl)

// The address says who one is, so that a reload, or a bookmark, is the same person again.
if (location.hash.length > 1) await signIn(decodeURIComponent(location.hash.slice(1)))
else await offerKnown()

async function signIn(me) {
  if (me === '') return
  try {
    await makePusher(me)
    const key = await appKey()
    enter(me)
    leave = connect(key, me, {
      state: (text) => say('status', `${text} as ${me}`),
      heard: showHeard,
      here: (ids) => showHere(ids, me),
    })
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
  showCurl()
  byId('data').focus()
}

function signOut() {
  leave()
  history.replaceState(null, '', location.pathname)
  showRoom(false)
  showHere([])
  clearHeard()
  say('pushed', '')
  say('status', 'Not signed in')
  byId('me').focus()
  void offerKnown()
}

async function offerKnown() {
  try {
    const ids = await knownPushers()
    showKnown(ids)
    showChoices(ids.slice(0, MOST_CHOICES), signIn)
  } catch (error) {
    say('sign-in-problem', error.message, true)
  }
}

async function pushWhatIsWritten() {
  try {
    const name = await push(...written())
    say('pushed', `Accepted: ${name}`)
  } catch (error) {
    say('pushed', error.message, true)
  }
}

function showCurl() {
  try {
    byId('curl').textContent = curlLine(...written())
  } catch {
    byId('curl').textContent = '' // while the JSON is being written
  }
}

function written() {
  return [byId('to').value.trim(), byId('event').value, jsonOf(byId('data').value)]
}

function jsonOf(text) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('The data must be JSON, such as "text" or { "n": 1 }.')
  }
}
