/* The page works without this: it remembers the language, marks the place in the contents, and closes the menu. */

const KEY = 'carillon-docs-language'

restoreLanguage()
document.addEventListener('change', ({ target }) => {
  if (target.name === 'language') remember(target.value)
})
document.querySelector('.contents').addEventListener('click', ({ target }) => {
  if (target.closest('a')) document.getElementById('menu').checked = false
})
markPlace()

function restoreLanguage() {
  const choice = document.querySelector(`[name="language"][value="${CSS.escape(remembered() ?? '')}"]`)
  if (choice) choice.checked = true
}

function remembered() {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null // the browser stores nothing for this page
  }
}

function remember(language) {
  try {
    localStorage.setItem(KEY, language)
  } catch {
    // The browser stores nothing for this page.
  }
}

/** Marks the link to the last heading above the middle of the window. */
function markPlace() {
  const links = new Map(
    [...document.querySelectorAll('.contents a[href^="#"]')].map((link) => [link.hash.slice(1), link]),
  )
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean)
  let marked
  const mark = () => {
    const above = headings.findLast((heading) => heading.getBoundingClientRect().top < innerHeight / 3) ?? headings[0]
    const link = links.get(above?.id)
    if (link === marked) return
    marked?.removeAttribute('aria-current')
    link?.setAttribute('aria-current', 'true')
    link?.scrollIntoView({ block: 'nearest' })
    marked = link
  }
  addEventListener('scroll', mark, { passive: true })
  mark()
}
