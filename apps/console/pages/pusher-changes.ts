import {
  CarillonError,
  type ErrorCode,
  identifier,
  pushData,
  type PushCommand,
  type PusherChange,
  senderName,
} from '@carillon/contract'
import { auditName } from '../access/audit-name.ts'
import { audited, backTo, type Change, changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import { problemOf } from '../view/fields.ts'
import { below } from '../view/link.ts'
import type { Notice } from '../view/notices.ts'
import { changesOf, readPusher, type Refused } from './pusher-form.ts'
import { idIn, pusherIn, showPusher } from './pusher.ts'
import { PUSHERS } from './pushers.ts'
import { PUSHES } from './pushes.ts'

export function editPusher(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const pusher = await pusherIn(c, deps)
    const { texts, problems, fields } = readPusher(c.get('form'))
    if (Object.keys(problems).length > 0) return refuse(c, deps, { form: 'edit', texts, problems })
    const changed = changesOf(pusher, fields)
    const names = Object.keys(changed)
    if (names.length === 0) return backTo(c, below(PUSHERS, pusher.id), { notice: 'pusher-unchanged' })
    return setting(c, deps, { what: names.join(', '), change: { fields: changed }, notice: 'pusher-changed' })
  })
}

export function addTag(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const text = textOf(c, 'tag')
    const { data: tag, error } = identifier.safeParse(text)
    if (error) return refuse(c, deps, { form: 'tag', ...refusal('tag', text, error.issues[0]!.message) })
    return setting(c, deps, { what: 'a tag is added', change: { addTags: [tag] }, notice: 'tag-added' })
  })
}

export function removeTag(deps: ConsoleDeps) {
  return changing(deps, (c) =>
    setting(c, deps, {
      what: 'a tag is removed',
      change: { removeTags: [textOf(c, 'tag')] },
      notice: 'tag-removed',
    }),
  )
}

export function giveSender(deps: ConsoleDeps) {
  return changing(deps, async (c) => {
    const text = textOf(c, 'sender')
    const { data: sender, error } = senderName.safeParse(text)
    if (error) return refuse(c, deps, { form: 'sender', ...refusal('sender', text, error.issues[0]!.message) })
    return setting(c, deps, {
      what: `${sender} is given`,
      change: { addSenders: [sender] },
      notice: 'sender-given',
      sender,
    })
  })
}

export function takeSender(deps: ConsoleDeps) {
  return changing(deps, (c) => {
    const sender = textOf(c, 'sender')
    return setting(c, deps, {
      what: `${sender} is taken away`,
      change: { removeSenders: [sender] },
      notice: 'sender-taken',
      sender,
    })
  })
}

export function removeAddress(deps: ConsoleDeps) {
  return changing(deps, (c) =>
    changeOf(c, 'address.remove', async (app, id) => {
      await deps.addresses.removeOf(app, id, rowIn(c, 'address', 'address_not_found'))
      return { notice: 'address-removed' }
    }),
  )
}

export function liftSuppression(deps: ConsoleDeps) {
  return changing(deps, (c) => {
    const suppression = rowIn(c, 'suppression', 'suppression_not_found')
    const change = changeOf(c, 'suppression.lift', async (app) => {
      await deps.suppressions.lift(app, suppression)
      return { notice: 'suppression-lifted' }
    })
    return { ...change, target: suppression }
  })
}

export function deletePusher(deps: ConsoleDeps) {
  return changing(deps, (c) => {
    const change = changeOf(c, 'pusher.delete', async (app, id) => {
      await deps.core.removePusher(app, id)
      return { notice: 'pusher-removed' }
    })
    return { ...change, page: PUSHERS }
  })
}

/** Sends a message to a pusher, and shows what becomes of it. */
export function sendTest(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const [app, pusher] = [c.get('app').id, await pusherIn(c, deps)]
    const [sender, category] = [textOf(c, 'sender'), textOf(c, 'category')]
    const data = textOf(c, 'data').replaceAll('\r\n', '\n')
    const refused = (problem: string) =>
      refuse(c, deps, { form: 'test', sender, texts: { data, category }, problems: { data: problem } })
    const { error } = pushData.safeParse(data)
    if (error) return refused(problemOf(error.issues[0]!.message))
    const command: PushCommand = {
      ...TEST,
      app,
      sender,
      pusher: pusher.id,
      data,
      ttl: deps.pushTtl,
      ...(category && { category }),
    }
    const target = `${auditName(app, pusher.id)}: ${sender}`
    const targetAfter = ({ id }: { id: string }) => `${target}, push ${id}`
    try {
      const action = { action: 'pusher.test', target, targetAfter, personal: pusher.id }
      const { id } = await audited(c, deps, action, () => deps.core.push(command))
      return backTo(c, below(PUSHES, id), { notice: 'test-accepted' })
    } catch (fault) {
      if (fault instanceof CarillonError && REFUSALS.has(fault.code)) return refused(fault.message)
      throw fault
    }
  }
}

const TEST = { schedat: 0, force: false, priority: 'normal', urgent: true } as const
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'invalid_field',
  'sender_not_enabled',
  'too_large',
  'category_not_found',
])

interface Setting extends Notice {
  /** As the audit says what is changed. */
  what: string
  change: PusherChange
}

/** Changes what is stored of a pusher. */
function setting(c: ConsoleContext, { pushers }: ConsoleDeps, { what, change, ...notice }: Setting): Change {
  const made = changeOf(c, 'pusher.change', async (app, id) => {
    if (!(await pushers.set(app, id, change, false)))
      throw new CarillonError('pusher_not_found', `There is no pusher ${id}.`)
    return notice
  })
  return { ...made, target: `${made.target}: ${what}` }
}

/** A change of the pusher that a page is about. The audit does not say who that is. */
export function changeOf(c: ConsoleContext, action: string, run: (app: number, id: string) => Promise<Notice>): Change {
  const [app, id] = [c.get('app').id, idIn(c)]
  return { action, target: auditName(app, id), personal: id, page: below(PUSHERS, id), run: () => run(app, id) }
}

/** Shows the page with the form open, and what is wrong in it. */
async function refuse(c: ConsoleContext, deps: ConsoleDeps, refused: Refused): Promise<Response> {
  return c.html(await showPusher(c, deps, await pusherIn(c, deps), refused), 422)
}

function refusal(name: string, text: string, message: string): Pick<Refused, 'texts' | 'problems'> {
  return { texts: { [name]: text }, problems: { [name]: problemOf(message) } }
}

/** Postgres stores no NUL, and browsers send none. */
function textOf(c: ConsoleContext, name: string): string {
  return c.get('form').get(name)?.replaceAll('\0', '') ?? ''
}

/** @throws CarillonError with this code for what cannot be the id of a row: ids of 19 digits were never given. */
function rowIn(c: ConsoleContext, name: string, code: ErrorCode): string {
  const id = textOf(c, name)
  if (!/^[1-9]\d{0,17}$/.test(id)) throw new CarillonError(code, `There is no such ${name}.`)
  return id
}
