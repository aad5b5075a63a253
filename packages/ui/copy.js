/* A click on `<button data-copy="id">` copies the text of the element with that id. */

const SHOWN_MS = 1500

document.addEventListener('click', async ({ target }) => {
  const button = target instanceof Element && target.closest('button[data-copy]')
  if (!button) return
  const source = document.getElementById(button.dataset.copy)
  const copied = await copy(source)
  const label = button.textContent
  button.textContent = copied ? 'Copied' : 'Press Ctrl+C'
  setTimeout(() => (button.textContent = label), SHOWN_MS)
})

/** Browsers allow it on HTTPS and on this machine; elsewhere the text is selected. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent)
    return true
  } catch {
    getSelection().selectAllChildren(element)
    return false
  }
}
