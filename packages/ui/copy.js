/* A click on `<button data-copy="id">` copies the text of the element with that id. */

const SHOWN_MS = 1500

document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element && target.closest('button[data-copy]')
  if (button) void copyFor(button)
})

async function copyFor(button) {
  const copied = await copy(document.getElementById(button.dataset.copy))
  button.textContent = copied ? 'Copied' : 'Press Ctrl+C'
  setTimeout(() => (button.textContent = 'Copy'), SHOWN_MS)
}

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
