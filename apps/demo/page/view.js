/* What is on the page. Texts are set as text, never as HTML: they come from anybody. */

const MOST_SHOWN = 100

let shown = 0

export function byId(id) {
  return document.getElementById(id)
}

export function showRoom(isIn) {
  byId('sign-in').hidden = isIn
  byId('room').hidden = !isIn
  byId('sign-out').hidden = !isIn
}

export function showKnown(ids) {
  byId('known').replaceChildren(...ids.map((id) => element('option', { value: id })))
}

/** Buttons for some pushers, to sign in with one click. */
export function showChoices(ids, choose) {
  const button = (id) => element('button', { type: 'button', textContent: id, onclick: () => choose(id) })
  byId('choices').replaceChildren(...ids.map(button))
}

/** Who is here cannot be known without a connection. */
export function showConnected(isConnected) {
  byId('here').classList.toggle('unknown', !isConnected)
  byId('here-unknown').hidden = isConnected
}

export function showHere(ids, me) {
  const items = ids.map((id) => element('li', { textContent: id, className: id === me ? 'me' : '' }))
  byId('here').replaceChildren(...items)
}

/** @param state 'off', 'starting', 'on', or why this browser cannot be rung: 'denied', 'unsupported' */
export function showRinging(state, sentence) {
  byId('ringing').textContent = sentence
  const start = byId('ring-start')
  start.hidden = state !== 'off' && state !== 'starting'
  start.disabled = state === 'starting'
  for (const id of ['ring-now', 'ring-stop', 'ring-code']) byId(id).hidden = state !== 'on'
}

/** The newest on top. */
export function showHeard(event, data) {
  const now = new Date()
  const id = `heard-${++shown}`
  const time = element('time', { dateTime: now.toISOString(), textContent: now.toLocaleTimeString() })
  const title = element('h3', {}, element('span', { textContent: event }), time)
  const body = element('pre', {}, element('code', { id, textContent: JSON.stringify(data, null, 2) }))
  const copy = element('button', { type: 'button', textContent: 'Copy' })
  copy.dataset.copy = id
  byId('heard').prepend(element('li', {}, title, element('div', { className: 'body' }, body, copy)))
  byId('heard').children[MOST_SHOWN]?.remove()
  byId('nothing').hidden = true
}

export function clearHeard() {
  byId('heard').replaceChildren()
  byId('nothing').hidden = false
}

/** A sentence below a form. */
export function say(id, text, isProblem = false) {
  byId(id).textContent = text
  byId(id).classList.toggle('problem', isProblem)
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}
