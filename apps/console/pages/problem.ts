import { html } from 'hono/html'
import { document, type Html } from '../view/document.ts'

/** What is shown instead of a page that there is not, or that failed. */
export function problemPage(sentence: string): Html {
  return document(
    'Problem',
    html`<main class="login">
      <h1>Carillon</h1>
      <div class="card">
        <p role="alert">${sentence}</p>
        <p><a href="/console">To the overview</a></p>
      </div>
    </main>`,
  )
}
