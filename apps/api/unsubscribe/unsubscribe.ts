import { type App, CarillonError, maskAddress, type Rate } from '@carillon/contract'
import { knownApps, UNNAMED_APP } from '@carillon/store'
import { type UnsubscribeLink, unsubscribeKey, type UnsubscribeLinks, unsubscribeLinks } from '@carillon/unsubscribe'
import type { Context, Handler } from 'hono'
import { callLimiter } from '../call-limiter.ts'
import type { ApiDeps } from '../deps.ts'
import { describeError } from '../errors.ts'
import type { ApiEnv } from '../receive.ts'
import { messagePage, pageHeaders } from './document.ts'
import { readWish } from './form.ts'
import { fulfil, type FulfilDeps } from './fulfil.ts'
import { preferencesPage } from './page.ts'
import { resultLink, withResult } from './result.ts'
import { type PageTexts, textsFor } from './texts/index.ts'

/** Calls with the links of one pusher: 60 at once, as scanners of mail follow each link several times. */
const PER_PUSHER: Rate = { count: 600, seconds: 60 }

type UnsubscribeDeps = FulfilDeps & Pick<ApiDeps, 'apps' | 'pushers' | 'sharedValues' | 'log' | 'providers'>

interface Visit {
  link: UnsubscribeLink
  links: UnsubscribeLinks
  token: string
  app: App
}

/** `GET` and `POST /u/{token}`: where the links in messages lead. The token is all that a caller needs. */
export function unsubscribeHandler(deps: UnsubscribeDeps): Handler<ApiEnv> {
  const findApp = knownApps(deps.apps).byId
  const count = callLimiter()

  async function visit(token: string): Promise<Visit> {
    const links = unsubscribeLinks(await unsubscribeKey(deps.sharedValues))
    const link = links.read(token)
    const app = link && (await findApp(link.app))
    if (!app) throw new CarillonError('not_found', 'This link is incomplete, or another server has made it.')
    return { link, links, token, app }
  }

  return async (c) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value)
    try {
      const visited = await visit(c.req.param('token') ?? '')
      await count(c, `pusher ${visited.link.app} ${visited.link.pusher}`, PER_PUSHER)
      return await answerTo(c, deps, visited)
    } catch (error) {
      return refuse(c, deps, error)
    }
  }
}

/**
 * Does what the request asks for, and shows what holds then. After a button of the page, the browser is sent there, so that it
 * can go back. A mail program is not: RFC 8058, section 3.1, forbids to redirect it.
 */
async function answerTo(c: Context<ApiEnv>, deps: UnsubscribeDeps, visited: Visit): Promise<Response> {
  const { link, links, token, app } = visited
  const wish = c.req.method === 'POST' ? await readWish(c) : undefined
  const [pusher] = await deps.pushers.getMany(app.id, [link.pusher])
  const texts = textsFor(pusher?.locale ?? '', c.req.header('accept-language'))
  const from = app.name === UNNAMED_APP ? hostOf(c, deps) : app.name
  if (!pusher) return c.html(messagePage(texts, { heading: texts.erased, note: texts.erasedWhy, from }))
  const shown = [pusher.email, pusher.phoneNumber].find((one) => one !== '' && links.wentTo(token, one))
  const address = shown === undefined ? '' : maskAddress(shown)
  const content = { texts, from, address, ...(await fulfil(deps, link, pusher, wish)) }
  if (!wish) return c.html(preferencesPage(withResult(content, c.req.query())))
  const isOneClick = wish.action === 'unsubscribe' && wish.isOneClick
  const result = isOneClick ? undefined : resultLink(content)
  return result === undefined ? c.html(preferencesPage(content)) : c.redirect(result, 303)
}

/** Who asks, if nobody has named the app. */
function hostOf(c: Context<ApiEnv>, { providers }: UnsubscribeDeps): string {
  return new URL(providers?.publicUrl ?? c.req.url).host
}

/** A page for people, and JSON for programs that ask for it. */
function refuse(c: Context<ApiEnv>, { log }: UnsubscribeDeps, error: unknown): Response | Promise<Response> {
  const { status, answer } = describeError(log, error, `${c.req.method} /u/{token}`)
  const accepted = c.req.header('accept') ?? ''
  if (/application\/json/i.test(accepted) && !/text\/html/i.test(accepted)) return c.json(answer, status)
  const texts = textsFor('', c.req.header('accept-language'))
  return c.html(messagePage(texts, refusalOf(status, answer.err, texts)), status)
}

function refusalOf(status: number, sentence: string, texts: PageTexts) {
  if (status === 404) return { heading: texts.brokenLink, note: texts.brokenLinkWhy }
  if (status === 429) return { heading: texts.tooMany, note: texts.tooManyWhy }
  if (status < 500) return { heading: texts.failed, note: texts.unchanged, sentence }
  return { heading: texts.failed, note: texts.failedWhy }
}
