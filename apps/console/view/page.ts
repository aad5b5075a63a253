import { html, raw } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import { bell, document, type Html } from './document.ts'
import { hiddenToken } from './forms.ts'
import { linkTo, liveLink } from './link.ts'
import { markOf } from './mark.ts'
import { noticeOf } from './notices.ts'

const sections = [
  ['/console', 'Overview'],
  ['/console/pushes', 'Pushes'],
  ['/console/pushers', 'Pushers'],
  ['/console/dead', 'Dead'],
  ['/console/broadcasts', 'Broadcasts'],
  ['/console/templates', 'Templates'],
  ['/console/live', 'Live'],
  ['/console/senders', 'Senders'],
  ['/console/categories', 'Categories'],
  ['/console/apps', 'Apps'],
  ['/console/audit', 'Audit'],
] as const

type Section = (typeof sections)[number][1]

interface Page {
  title: string
  /** The entry of the navigation that the page belongs to. */
  section?: Section
  /** Its content changes while it is open. */
  isLive?: boolean
  /** The link at which it is followed, if that is not its own. */
  followedAt?: string
  body: Html
}

/** A page in the console's frame, with its navigation. */
export function page(c: ConsoleContext, { title, section, isLive, followedAt, body }: Page): Html {
  const notice = noticeOf(c.req.query())
  const content = html`${notice && html`<p class="notice" role="status">${notice}</p>`} ${body}`
  return document(
    title,
    html`<a class="skip" href="#content">Skip to the content</a>
      <header class="frame">
        <a class="brand" href="${linkTo(c, '/console')}">${bell}Carillon</a>
        <nav aria-label="Console">
          <ul>
            ${sections.map(
              ([path, name]) =>
                html`<li>
                  <a href="${linkTo(c, path)}" ${name === section ? raw('aria-current="page"') : ''}>${name}</a>
                </li>`,
            )}
          </ul>
        </nav>
        <div class="frame-foot">${appChoice(c)} ${visitorLine(c)}</div>
      </header>
      <main id="content" tabindex="-1" ${isLive ? following(followedAt ?? liveLink(c), content) : ''}>
        ${content}
      </main>`,
  )
}

/** The link of the stream, and the mark of what is shown: the stream begins with the page if it has changed since. */
async function following(link: string, content: Html): Promise<Html> {
  return html`data-live="${link}" data-seen="${markOf((await content).toString())}"`
}

/** Only where there is something to choose. */
function appChoice(c: ConsoleContext): Html | '' {
  const [apps, app] = [c.get('apps'), c.get('app')]
  if (apps.length < 2) return ''
  return html`<form class="app-choice" action="/console">
    <label for="app">App</label>
    <select id="app" name="app">
      ${apps.map(
        ({ id, name }) => html`<option value="${id}" ${id === app.id ? raw('selected') : ''}>${name} (${id})</option>`,
      )}
    </select>
    <button>Show</button>
  </form>`
}

function visitorLine(c: ConsoleContext): Html {
  const { account, role, hasSession } = c.get('visitor')
  if (!hasSession) return html`<p class="visitor quiet small">Open mode, for this machine only</p>`
  return html`<form class="visitor" method="post" action="/console/logout">
    <span class="quiet small">${account}${role === 'viewer' ? ', can only read' : ''}</span>
    ${hiddenToken(c)}<button class="plain">Sign out</button>
  </form>`
}
