import { readFileSync } from 'node:fs'

/*
 * The design system of the pages that the server has: `tokens.css` has the colours (light and dark), the type and the
 * spacing, `components.css` what is made of them, and `copy.js` makes the copy buttons work.
 */

/** The style sheet that every page begins with. */
export function baseStyles(): string {
  return [new URL('./tokens.css', import.meta.url), new URL('./components.css', import.meta.url)]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
}

/** A script, as a module, for a page with copy buttons: `<button data-copy="id of the element with the text">`. */
export function copyScript(): string {
  return readFileSync(new URL('./copy.js', import.meta.url), 'utf8')
}
