/*
 * Shows times in the reader's time zone, follows pages that change, lists events, and searches while somebody types.
 * Everything else works without a script.
 */

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const precise = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
})
const FOCUSABLE = 'a, button, summary'
/** Milliseconds without a key until a search begins. */
const TYPED_MS = 200
const main = document.querySelector('main')
/** What hears of the stream that follows the page. */
const listeners = {}
let source

showTimes(main)
const stream = main.querySelector('.stream')
if (stream) listEvents(stream)
if (main.dataset.live) follow(main.dataset.live)
for (const form of main.querySelectorAll('form[data-search]')) searchAsTyped(form)
main.addEventListener('submit', (event) => {
  if (event.target.matches('[data-in-place]')) void submitInPlace(event)
})
// Browsers keep pages for the way back. Their streams would use up the few connections that a browser opens to a server.
addEventListener('pagehide', () => source?.close())
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && source) follow(source.url, true)
})

function showTimes(part) {
  for (const time of part.querySelectorAll('time[data-exact]')) {
    time.title = time.textContent
    time.textContent = format.format(new Date(time.dateTime))
  }
  for (const time of part.querySelectorAll('[data-clock]')) {
    time.textContent = clock.format(new Date(time.dataset.clock * 1000))
  }
  for (const time of part.querySelectorAll('[data-precise]')) time.textContent = precise.format(new Date(time.dateTime))
}

/** A stream sends only what changes after it was opened. What changed before, while there was none, is in the page itself. */
function follow(url, isPageOlder = false) {
  let isBehind = isPageOlder
  source?.close()
  source = new EventSource(url)
  source.addEventListener('open', () => {
    if (isBehind) void catchUp()
    isBehind = true // whenever it is opened again
  })
  source.addEventListener('page', ({ data }) => {
    if (!isInUse()) show(data)
  })
  source.addEventListener('end', ({ target }) => target.close())
  for (const [name, listener] of Object.entries(listeners)) source.addEventListener(name, listener)
}

async function catchUp() {
  const content = await contentOf(location.href)
  if (content && !isInUse()) show(content.innerHTML)
}

/** Nothing moves under the hands of somebody who writes, answers a question or selects text. What is kept does not move. */
function isInUse() {
  const isWriting = document.activeElement.matches('input, select, textarea')
  const asks = main.querySelector('details[open]:not([data-keep] *)') !== null
  return isWriting || asks || !getSelection().isCollapsed
}

/** What is to be kept and the focus stay as they were. */
function show(content) {
  const { activeElement } = document
  const focused = [...main.querySelectorAll(FOCUSABLE)].indexOf(activeElement)
  const page = document.createElement('template')
  page.innerHTML = content
  showTimes(page.content)
  for (const kept of main.querySelectorAll('[data-keep]')) page.content.getElementById(kept.id)?.replaceWith(kept)
  main.replaceChildren(page.content)
  const place = main.contains(activeElement) ? activeElement : main.querySelectorAll(FOCUSABLE)[focused]
  place?.focus({ preventScroll: true })
}

/** Submits a form and shows the page that answers, without leaving this one. */
async function submitInPlace(event) {
  event.preventDefault()
  const { action, method } = event.target
  const body = new URLSearchParams(new FormData(event.target))
  const content = await contentOf(action, { method, body })
  if (!content) return location.reload()
  show(content.innerHTML)
  main.querySelector('.notice')?.scrollIntoView({ block: 'nearest' })
}

/** The content of the page that answers; none if the session has ended or the server is away. */
async function contentOf(url, request) {
  const answer = await fetch(url, request).then(
    (response) => response.text(),
    () => '',
  )
  return new DOMParser().parseFromString(answer, 'text/html').getElementById('content')
}

/** Lists events as they pass, the newest first. While it is paused, those that pass are held back. */
function listEvents(part) {
  const MOST = 200
  const rows = part.querySelector('tbody')
  const held = document.createElement('tbody')
  const status = part.querySelector('[role=status]')
  const pause = part.querySelector('[data-pause]')
  const reveal = part.querySelector('[data-follow]')
  let isPaused = false

  function add(to, some) {
    to.prepend(...some)
    for (const row of [...to.rows].slice(MOST)) row.remove()
  }

  function label() {
    const count = held.rows.length < MOST ? held.rows.length : `${MOST}+`
    pause.textContent = isPaused ? `Resume (${count} new)` : 'Pause'
  }

  listeners.open = () => (status.textContent = 'Following.')
  listeners.error = ({ target }) => {
    const isOver = target.readyState === EventSource.CLOSED
    status.textContent = isOver
      ? 'Events are no longer followed. Reload the page.'
      : 'The connection was lost, and is tried again.'
  }
  listeners.end = () => (status.textContent = 'Your session has ended. Reload the page.')
  listeners.events = ({ data }) => {
    const batch = document.createElement('template')
    batch.innerHTML = data
    showTimes(batch.content)
    add(isPaused ? held : rows, batch.content.children)
    if (isPaused) label()
  }
  pause.addEventListener('click', () => {
    isPaused = !isPaused
    add(rows, held.rows)
    label()
  })
  reveal?.addEventListener('click', () => {
    follow(reveal.dataset.follow)
    reveal.remove()
    pause.focus()
  })
  main.querySelector('[data-without-script]').hidden = true
  part.hidden = false
}

/** The results follow what is typed. A search that is not needed any more is given up. */
function searchAsTyped(form) {
  let search = new AbortController()
  form.addEventListener('input', () => {
    search.abort()
    search = new AbortController()
    const { signal } = search
    const timer = setTimeout(() => showResults(form, signal), TYPED_MS)
    signal.addEventListener('abort', () => clearTimeout(timer))
  })
}

async function showResults(form, signal) {
  const asked = [...new FormData(form)].filter(([, value]) => value !== '')
  const url = [form.getAttribute('action'), new URLSearchParams(asked)].filter(String).join('?')
  try {
    const response = await fetch(url, { signal })
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    const results = [...page.querySelectorAll('[data-result]')]
    if (results.length === 0) return location.assign(url) // the session has ended
    showTimes(page)
    for (const { id, childNodes } of results) document.getElementById(id).replaceChildren(...childNodes)
    history.replaceState(null, '', url)
  } catch {
    // Given up, or out of reach: the form can still be sent.
  }
}
