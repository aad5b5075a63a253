import type { Category, ChoiceChange } from '@carillon/contract'
import { html } from 'hono/html'
import { type Choosable, isOn } from './choices.ts'
import { document, type Html } from './document.ts'
import { boxOf } from './form.ts'
import type { PageTexts } from './texts/index.ts'

/** What has just been done, or was asked for in vain. */
export const dones = ['unsubscribed', 'resubscribed', 'allOff', 'saved', 'undone'] as const
export type Done = (typeof dones)[number]

export interface PageContent extends Choosable {
  texts: PageTexts
  /** The name of the app, or the host of this server. */
  from: string
  /** Masked; empty: none is shown. */
  address: string
  /** Of the link; null: it is for all preferences. */
  category: Category | null
  /** Through which messages reach the pusher, the link's first. */
  senders: readonly string[]
  done?: Done | undefined
  /** What would undo it. */
  undo?: readonly ChoiceChange[]
}

/** The page on which people switch off a category, or choose what they get. It works without scripts. */
export function preferencesPage(content: PageContent): Html {
  const { texts, from, address } = content
  const { heading, notes } = saying(content)
  const body = html`<section class="card">
      <h1>${heading}</h1>
      ${notes.map((note) => html`<p class="quiet"><bdi>${note}</bdi></p>`)}
      ${address === '' ? '' : html`<p class="small quiet">${texts.sentTo(address)}</p>`} ${buttons(content)}
    </section>
    ${choicesSection(content)}`
  return document({ texts, from, heading, body })
}

/** The heading, which says what holds now, and what else there is to know. */
function saying(content: PageContent): { heading: string; notes: string[] } {
  const { texts, category, senders, done } = content
  if (done === 'saved') return { heading: texts.saved, notes: [texts.onItsWay] }
  if (done === 'undone') return { heading: texts.undone, notes: [] }
  if (done === 'allOff') return { heading: texts.allOff, notes: [texts.onItsWay] }
  if (category === null) {
    const heading = done ? texts.allOffThrough(senderLabel(senders[0]!, texts)) : texts.choose
    return { heading, notes: done ? [texts.onItsWay] : [] }
  }
  const { title, description } = category
  if (category.required) return { heading: texts.required(title), notes: [texts.requiredWhy] }
  if (done === 'unsubscribed') return { heading: texts.unsubscribed(title), notes: [texts.onItsWay] }
  if (done === 'resubscribed') return { heading: texts.subscribed(title), notes: [] }
  const heading = isWanted(content, category) ? texts.unsubscribeFrom(title) : texts.notSubscribed(title)
  return { heading, notes: description === '' ? [] : [description] }
}

function buttons(content: PageContent): Html | string {
  const { texts, category, undo = [], done } = content
  const { buttons: words } = texts
  const isOptional = category !== null && !category.required
  const offered = [
    ...(done === undefined && isOptional && isWanted(content, category)
      ? [button('unsubscribe', words.unsubscribe)]
      : []),
    ...(done === undefined && isOptional && !isWanted(content, category)
      ? [button('resubscribe', words.resubscribe)]
      : []),
    ...(undo.length > 0 ? [undoButton(undo, words.undo)] : []),
    ...(content.categories.some((one) => !one.required && isWanted(content, one))
      ? [button('allOff', words.allOff)]
      : []),
  ]
  return offered.length === 0 ? '' : html`<div class="buttons">${offered}</div>`
}

function button(action: string, label: string): Html {
  const weight = action === 'allOff' ? 'plain' : 'main'
  return html`<form method="post"><button class="${weight}" name="action" value="${action}">${label}</button></form>`
}

function undoButton(undo: readonly ChoiceChange[], label: string): Html {
  return html`<form method="post">
    <input type="hidden" name="choices" value="${JSON.stringify(undo)}" />
    <button class="plain" name="action" value="restore">${label}</button>
  </form>`
}

function choicesSection(content: PageContent): Html | string {
  const { texts, categories, senders, category, done } = content
  if (categories.length === 0) return category === null ? html`<p class="quiet">${texts.nothingToChoose}</p>` : ''
  const [required = [], optional = []] = [true, false].map((is) => categories.filter((one) => one.required === is))
  const isHeading = category === null && done === undefined
  return html`<section aria-label="${texts.choose}">
    ${isHeading ? '' : html`<h2>${texts.choose}</h2>`}
    <form method="post">
      <input type="hidden" name="categories" value="${optional.map(({ name }) => name).join(' ')}" />
      <input type="hidden" name="senders" value="${senders.join(' ')}" />
      <div class="categories">${[...optional, ...required].map((one) => categoryRow(content, one))}</div>
      ${optional.length === 0 ? '' : html`<button class="main" name="action" value="save">${texts.buttons.save}</button>`}
    </form>
  </section>`
}

function categoryRow(content: PageContent, category: Category): Html {
  const { texts, senders } = content
  const { title, description, required } = category
  const about = html`<span class="title"><bdi>${title}</bdi></span>
    ${description === '' ? '' : html`<span class="small quiet"><bdi>${description}</bdi></span>`}`
  if (required)
    return html`<p class="category">
      <span class="about">${about}</span><span class="always small quiet">${texts.alwaysOn}</span>
    </p>`
  const [only = '', ...others] = senders
  if (others.length === 0)
    return html`<label class="category">${box(content, category, only)}<span class="about">${about}</span></label>`
  const boxes = senders.map(
    (sender) => html`<label>${box(content, category, sender)}<bdi>${senderLabel(sender, texts)}</bdi></label>`,
  )
  return html`<fieldset class="category">
    <legend class="about">${about}</legend>
    <div class="senders">${boxes}</div>
  </fieldset>`
}

function box({ preferences }: PageContent, category: Category, sender: string): Html {
  const checked = isOn(category, sender, preferences) ? 'checked' : ''
  return html`<input type="checkbox" name="on" value="${boxOf(category.name, sender)}" ${checked} />`
}

/** Whether what was done still holds. If not, a page that says so was opened again, with the button to go back. */
export function isStillDone(content: PageContent): boolean {
  const { done, category, categories, senders, preferences } = content
  const optional = categories.filter(({ required }) => !required)
  if (done === 'allOff') return !optional.some((one) => isWanted(content, one))
  if (done === 'resubscribed') return category !== null && isWanted(content, category)
  if (done !== 'unsubscribed') return true
  return category === null ? !optional.some((one) => isOn(one, senders[0]!, preferences)) : !isWanted(content, category)
}

function isWanted({ senders, preferences }: PageContent, category: Category): boolean {
  return senders.some((sender) => isOn(category, sender, preferences))
}

/** Names that are the same in all languages. */
const BRANDS: Readonly<Record<string, string>> = {
  sendslack: 'Slack',
  senddiscord: 'Discord',
  sendtelegram: 'Telegram',
  sendteams: 'Microsoft Teams',
}

/** What people call a sender; of a sender that is not built in, its name. */
function senderLabel(sender: string, { senders }: PageTexts): string {
  const labels: Readonly<Record<string, string>> = { ...senders, ...BRANDS }
  return labels[sender] ?? sender
}
