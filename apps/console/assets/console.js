/*
 * Shows times in the reader's time zone, follows pages that change, lists events, and searches and previews while somebody
 * types.
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
/** Milliseconds until a page that could not be shown is tried again. */
const IN_USE_MS = 1000
const main = document.querySelector('main')
/** What hears of the stream that follows the page. */
const listeners = {}
let source
/** Shows a page later, because somebody uses the one that is shown. */
let later

showTimes(main)
const stream = main.querySelector('.stream')
if (stream) listEvents(stream)
if (main.dataset.live) follow(main.dataset.live)
for (const form of main.querySelectorAll('form[data-search]')) whenTyped(form, showResults)
for (const form of main.querySelectorAll('form[data-preview]')) whenTyped(form, showPreview)
main.addEventListener('submit', (event) => {
  if (event.target.matches('[data-in-place]')) void submitInPlace(event)
})
// Browsers keep pages for the way back. Their streams would use up the few connections that a browser opens to a server.
addEventListener('pagehide', () => source?.close())
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && source) follow(source.url)
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

/**
 * The stream is told what is shown, and begins with the page if it differs by now. Nothing is fetched for that: a page that has
 * fetched what must not be stored is not kept by Chromium for the way back.
 */
function follow(link) {
  const url = new URL(link, location.href)
  url.searchParams.set('seen', main.dataset.seen)
  source?.close()
  source = new EventSource(url)
  source.addEventListener('page', ({ data, lastEventId }) => showUnused(data, lastEventId))
  source.addEventListener('end', ({ target }) => target.close())
  for (const [name, listener] of Object.entries(listeners)) source.addEventListener(name, listener)
}

/** Shows a page that the stream has sent, with its mark, as soon as the one that is shown is not in use. */
function showUnused(content, mark) {
  clearTimeout(later)
  if (isInUse()) {
    later = setTimeout(showUnused, IN_USE_MS, content, mark)
    return
  }
  show(content)
  main.dataset.seen = mark
}

/** Nothing moves under the hands of somebody who writes, answers a question or selects text. What is kept does not move. */
function isInUse() {
  const isWriting = document.activeElement.matches('input, select, textarea')
  const asks = main.querySelector('details[open]:not([data-keep] *)') !== null
  return isWriting || asks || !getSelection().isCollapsed
}

/** What is to be kept and the focus stay as they were. */
function show(content) {
  clearTimeout(later)
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

/** The results follow what is typed. A request that is not needed any more is given up. */
function whenTyped(form, request) {
  let search = new AbortController()
  form.addEventListener('input', () => {
    search.abort()
    search = new AbortController()
    const { signal } = search
    const timer = setTimeout(() => request(form, signal), TYPED_MS)
    signal.addEventListener('abort', () => clearTimeout(timer))
  })
}

async function showResults(form, signal) {
  const asked = [...new FormData(form)].filter(([, value]) => value !== '')
  const url = [form.getAttribute('action'), new URLSearchParams(asked)].filter(String).join('?')
  try {
    const isShown = replaceResults(await fetch(url, { signal }).then((response) => response.text()))
    if (!isShown) return location.assign(url) // the session has ended
    history.replaceState(null, '', url)
  } catch {
    // Given up, or out of reach: the form can still be sent.
  }
}

/** What is typed is sent and not stored. Where the session has ended, it is left alone: a click on a button says so. */
async function showPreview(form, signal) {
  const body = new URLSearchParams(new FormData(form))
  try {
    const response = await fetch(form.dataset.preview, { method: 'post', body, signal })
    replaceResults(await response.text())
  } catch {
    // Given up, or out of reach: the form can still be sent.
  }
}

/** What is the same stays, so that a frame is not loaded again. @returns whether the page has results */
function replaceResults(text) {
  const page = new DOMParser().parseFromString(text, 'text/html')
  const results = [...page.querySelectorAll('[data-result]')]
  showTimes(page)
  for (const { id, innerHTML, childNodes } of results) {
    const place = document.getElementById(id)
    if (place.innerHTML !== innerHTML) place.replaceChildren(...childNodes)
  }
  return results.length > 0
}
