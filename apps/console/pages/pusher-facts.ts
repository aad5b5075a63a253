import { type AppSettings, NO_QUIET_HOURS, type Pusher, quietHoursText } from '@carillon/contract'
import { effectiveQuietHours } from '@carillon/quiet-hours'
import { html } from 'hono/html'
import { auditName } from '../access/audit-name.ts'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { facts } from '../view/facts.ts'
import { field } from '../view/fields.ts'
import { actionButton, formToOpen } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { exactly } from '../view/time.ts'
import type { Refused } from './pusher-form.ts'
import { PUSHERS } from './pushers.ts'

/** Who the pusher is. */
export function factsOf(c: ConsoleContext, pusher: Pusher): Html {
  const { id, nickname, timezone, locale, createdAt, attributes } = pusher
  const hasAttributes = Object.keys(attributes).length > 0
  return facts([
    ['Id', html`<span class="name">${id}</span>`],
    ['Name', nickname],
    ['Time zone', timezone],
    ['Quiet hours', quietHoursOf(pusher, c.get('app').settings)],
    ['Language', locale],
    ['Attributes', hasAttributes && html`<code>${JSON.stringify(attributes)}</code>`],
    ['Created', exactly(createdAt)],
    ['In the audit', html`<span class="name">${auditName(c.get('app').id, id)}</span>`],
  ])
}

/** Those that hold, and whose they are. False if there are none. */
function quietHoursOf(pusher: Pusher, settings: AppSettings): string | false {
  if (pusher.quietHours === NO_QUIET_HOURS) return 'none, whatever the app has'
  const quiet = effectiveQuietHours(pusher, settings)
  if (!quiet) return false
  const whose = quiet.by === 'pusher' ? 'its own' : 'those of the app'
  return `${quietHoursText(quiet.hours)} in ${quiet.timeZone}, ${whose}`
}

/** Its tags, each with a search for the others that have it. */
export function tagsOf(c: ConsoleContext, { id, tags }: Pusher, refused?: Refused): Html {
  const isOpen = refused?.form === 'tag'
  const remove = (tag: string) =>
    actionButton(c, {
      path: below(PUSHERS, id, 'tags', 'remove'),
      label: 'Remove',
      about: tag,
      fields: { tag },
      isPlain: true,
    })
  const search = (tag: string) => linkTo(c, PUSHERS, { q: `tags:"${quoted(tag)}"` })
  return html`${
      tags.length > 0
        ? html`<ul class="places">
            ${tags.map(
              (tag) =>
                html`<li>
                  <p><a href="${search(tag)}">${tag}</a></p>
                  ${remove(tag)}
                </li>`,
            )}
          </ul>`
        : html`<p class="quiet small">None.</p>`
    }
    <div class="buttons">
      ${formToOpen(c, {
        label: 'Add a tag',
        isOpen,
        path: below(PUSHERS, id, 'tags', 'add'),
        action: 'Add',
        fields: field({ name: 'tag', label: 'Tag' }, isOpen ? refused.texts : {}, isOpen ? refused.problems : {}),
      })}
    </div>`
}

/** Within the quotation marks of a query. */
function quoted(text: string): string {
  return text.replaceAll(/["\\]/g, String.raw`\$&`)
}
