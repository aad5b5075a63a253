import { html } from 'hono/html'
import { bell, document, type Html } from '../view/document.ts'
import { hiddenField } from '../view/forms.ts'

export interface LoginPage {
  /** The page that is shown afterwards. */
  next: string
  /** False: nobody can sign in, and the page says how to change that. */
  hasAccounts: boolean
  /** As it was typed. */
  account?: string
  /** Why an attempt was refused. */
  problem?: string
}

export function loginPage({ next, hasAccounts, account = '', problem }: LoginPage): Html {
  return document(
    'Sign in',
    html`<main class="login">
      <h1>${bell}Carillon</h1>
      ${hasAccounts ? loginForm(next, account, problem) : noAccounts()}
    </main>`,
  )
}

function loginForm(next: string, account: string, problem: string | undefined): Html {
  return html`<form method="post" action="/console/login" class="card">
    ${problem && html`<p class="problem" role="alert">${problem}</p>`} ${hiddenField('next', next)}
    <label for="account">Account</label>
    <input
      id="account"
      name="account"
      value="${account}"
      required
      autocomplete="username"
      autocapitalize="off"
      spellcheck="false"
    />
    <label for="password">Password</label>
    <input id="password" name="password" type="password" required autocomplete="current-password" />
    <button class="main">Sign in</button>
  </form>`
}

function noAccounts(): Html {
  return html`<div class="card">
    <p>
      Nobody can sign in yet. Set <code>ADMIN_ACCOUNT</code> and <code>ADMIN_PASSWORD</code>, and restart the server. An
      account that can only read is <code>VIEWER_ACCOUNT</code> with <code>VIEWER_PASSWORD</code>.
    </p>
  </div>`
}
