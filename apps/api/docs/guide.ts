import type { ErrorCode } from '@carillon/contract'
import { html } from 'hono/html'
import { STATUS_OF } from '../errors.ts'
import { COMMON_ERRORS, IDEMPOTENCY_ERRORS } from '../openapi.ts'
import { errorList } from './error-meanings.ts'
import { anchorOf, type DocumentedCall } from './operation.ts'
import { type ApiAddress, setUp } from './snippets.ts'
import { choice, codeBlock, codeBlocks, type Html } from './text.ts'

const MODES = [
  ['signed', 'signed'],
  ['open', 'unsigned'],
]

const STEPS: readonly { route: string; what: string; why: string }[] = [
  {
    route: 'POST /pusher/pushers/',
    what: 'Create a pusher',
    why: 'A pusher is a recipient: an id of yours, with the addresses at which the person can be reached.',
  },
  {
    route: 'POST /pusher/{sender}/add',
    what: 'Give it a sender',
    why: 'A sender is a way to reach people: sendmail, sendsms, sendhook, sendrealtime, or one that you write.',
  },
  {
    route: 'POST /pusher/{sender}/push',
    what: 'Push a message',
    why: 'The answer is a name. From here on Carillon delivers the message, retries, and records what happens.',
  },
]

/** What a newcomer reads first. */
export function firstCalls({ origin, prefix }: ApiAddress, isOpen: boolean, calls: DocumentedCall[]): Html {
  return html`<section class="guide" aria-labelledby="start">
    <h1 id="start">Send your first message</h1>
    <p class="lead">
      Carillon delivers notifications by push, email, SMS, chat, webhook and live connection. You send it a message for
      a person; it schedules, retries and records the delivery. This page describes every call of the HTTP API.
    </p>
    <p>
      This server is <code>${origin}${prefix}</code>.
      ${
        isOpen
          ? 'It runs in open mode: it serves this machine only, and requests need no signature.'
          : html`It requires a signature: begin with the code in <a href="#authentication">Authentication</a>.`
      }
    </p>
    <div class="modes">
      <span>The examples are</span> ${choice('mode', 'Signature of the examples', MODES, isOpen ? 'open' : 'signed')}
    </div>
    <ol class="steps">
      ${STEPS.map(({ route, what, why }) => {
        const call = calls.find(({ method, path }) => `${method} ${path}` === route)!
        const id = anchorOf(call)
        return html`<li>
          <div>
            <h2><a href="#${id}">${what}</a></h2>
            <p>${why}</p>
          </div>
          <div class="example">${codeBlocks(`first-${id}`, html`<code>${route}</code>`, call.snippets)}</div>
        </li>`
      })}
    </ol>
  </section>`
}

const SIGNED_LINES = `METHOD
path and query, exactly as sent
X-Request-Time
X-Request-Nonce
SHA-256 of the body in lower-case hex`

/** How requests are signed, and the code that the examples of the page use. */
export function authentication(address: ApiAddress, isOpen: boolean): Html {
  return html`<section class="chapter" aria-labelledby="authentication">
    <article class="call">
      <div>
        <h2 id="authentication">Authentication</h2>
        <p>
          ${
            isOpen
              ? html`This server needs no signatures, because no key is configured. Once you set
                  <code>APP_KEY</code> and <code>APP_SECRET</code>, every request needs these headers.`
              : 'Every request names its app with a key and is signed with the secret of the app, which is never sent.'
          }
          The code beside this text signs requests. Run it once; the examples on this page use it.
        </p>
        <dl class="fields">
          <div>
            <dt><code>X-App-Key</code></dt>
            <dd>The key of the app.</dd>
          </div>
          <div>
            <dt><code>X-Request-Time</code></dt>
            <dd>Unix time in seconds, at most ten minutes off.</dd>
          </div>
          <div>
            <dt><code>X-Signature-Version</code></dt>
            <dd><code>2</code></dd>
          </div>
          <div>
            <dt><code>X-Request-Nonce</code></dt>
            <dd>1 to 64 characters that you never used before.</dd>
          </div>
          <div>
            <dt><code>X-Request-Signature</code></dt>
            <dd>HMAC-SHA256 in lower-case hex, with the secret as its key, of these five lines:</dd>
          </div>
        </dl>
        ${codeBlock('signed-lines', 'What is signed', SIGNED_LINES)}
        <details>
          <summary>Version 1, for legacy clients</summary>
          <p>
            <code>X-Request-Signature</code> is an HMAC-MD5 in upper-case hex of every name and its value, sorted by the
            bytes of the names, without separators: the parameters of the query and the form (a JSON body is one
            parameter, <code>body</code>), <code>app_key</code>, <code>timestamp</code> and the decoded
            <code>path</code>. It does not protect boundaries between fields, so an app can refuse it.
          </p>
        </details>
      </div>
      <div class="example">${codeBlocks('set-up', 'Run this first', setUp(address))}</div>
    </article>
  </section>`
}

/** The errors that any call can answer. */
export function errors(): Html {
  const example = {
    err: 'pusher nobody not exists.',
    code: 'pusher_not_found',
    hint: 'Store the pusher first: POST /pusher/pushers/ with pusher=nobody.',
  }
  const codes = [...new Set<ErrorCode>([...COMMON_ERRORS.signed, ...COMMON_ERRORS.admin, ...IDEMPOTENCY_ERRORS])]
  const byStatus = codes.toSorted((a, b) => STATUS_OF[a] - STATUS_OF[b])
  return html`<section class="chapter" aria-labelledby="errors">
    <article class="call">
      <div>
        <h2 id="errors">Errors</h2>
        <p>
          An error has a status of 400 or above, a sentence for people and a code for programs. Where the sentence does
          not say what to do, a hint may. Any call can answer the errors below; each call lists those that only some
          calls have.
        </p>
        ${errorList(byStatus)}
        <p>
          A call ignores fields that it does not have, and lists their names in <code>ignored</code>, so that you notice
          a misspelt one.
        </p>
      </div>
      <div class="example">${codeBlock('error-example', 'Response 404', JSON.stringify(example, null, 2))}</div>
    </article>
  </section>`
}
