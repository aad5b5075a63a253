/*
 * Shows times in the reader's time zone, follows pages that change, and searches while somebody types. Everything else
 * works without a script.
 */

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const FOCUSABLE = 'a, button, summary'
/** Milliseconds without a key until a search begins. */
const TYPED_MS = 200
const main = document.querySelector('main')

showTimes()
if (main.dataset.live) follow(main.dataset.live)
for (const form of main.querySelectorAll('form[data-search]')) searchAsTyped(form)

function showTimes() {
  for (const time of main.querySelectorAll('time[data-exact]')) {
    time.title = time.textContent
    time.textContent = format.format(new Date(time.dateTime))
  }
  for (const time of main.querySelectorAll('[data-clock]')) {
    time.textContent = clock.format(new Date(time.dataset.clock * 1000))
  }
}

function follow(url) {
  const source = new EventSource(url)
  source.addEventListener('page', ({ data }) => {
    if (!isInUse()) show(data)
  })
  source.addEventListener('end', () => source.close())
}

/** Nothing moves under the hands of somebody who writes, answers a question or selects text. */
function isInUse() {
  const isWriting = document.activeElement.matches('input, select, textarea')
  return isWriting || main.querySelector('details[open]') !== null || !getSelection().isCollapsed
}

/** The focus stays where it was. */
function show(content) {
  const focused = [...main.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement)
  const page = document.createElement('template')
  page.innerHTML = content
  main.replaceChildren(page.content)
  showTimes()
  main.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true })
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
    for (const { id, childNodes } of results) document.getElementById(id).replaceChildren(...childNodes)
    history.replaceState(null, '', url)
    showTimes()
  } catch {
    // Given up, or out of reach: the form can still be sent.
  }
}
