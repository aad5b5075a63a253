/* Shows exact times in the reader's time zone, and follows pages that change. Everything else works without a script. */

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const FOCUSABLE = 'a, button, summary'
const main = document.querySelector('main')

showTimes()
if (main.dataset.live) follow(main.dataset.live)

function showTimes() {
  for (const time of main.querySelectorAll('time[data-exact]')) {
    time.title = time.textContent
    time.textContent = format.format(new Date(time.dateTime))
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
