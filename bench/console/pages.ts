import type { Store } from '@carillon/store'
import { BROADCAST, PAUSED } from './fill.ts'

/** Pages of a console that `fillConsole` has filled, by what they show. */
export async function consolePages({ history }: Pick<Store, 'history'>): Promise<Record<string, string>> {
  const idOf = async (query: Parameters<typeof history.list>[1]) =>
    (await history.list(1, { ...query, size: 1 }))[0]!.id
  const [dead, waiting, sent] = await Promise.all([
    idOf({ state: 'dead' }),
    idOf({ state: 'waiting' }),
    idOf({ state: 'sent' }),
  ])
  const middle = String(Math.floor(Number(sent) / 2))
  const reason = encodeURIComponent('the provider refused it: 550 no such user (7)')
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 16)
  return {
    overview: '/console',
    'overview, a day': '/console?span=day',
    pushes: '/console/pushes',
    'pushes, older': `/console/pushes?after=${middle}`,
    'pushes by sender': '/console/pushes?sender=sendmail',
    'pushes by sender and state': '/console/pushes?sender=sendmail&state=dead',
    'pushes by state': '/console/pushes?state=sent',
    'pushes by reason': `/console/pushes?state=dead&reason=${reason}`,
    'pushes by pusher': '/console/pushes?pusher=p77',
    'pushes by category': '/console/pushes?category=news',
    'pushes by category, skipped': '/console/pushes?category=news&state=skipped',
    'pushes by time': `/console/pushes?since=${ago(26)}&until=${ago(25)}`,
    'pushes by time and state': `/console/pushes?until=${ago(25)}&state=dead`,
    'pushes that do not exist': '/console/pushes?sender=none&state=dead',
    'pushes by broadcast': `/console/pushes?broadcast=${BROADCAST}&state=dead`,
    'a push': `/console/pushes/${dead}`,
    'a push that waits': `/console/pushes/${waiting}`,
    pushers: '/console/pushers',
    'pushers, older': '/console/pushers?after=p77',
    'pushers by one letter': '/console/pushers?q=b',
    'pushers by half a name': '/console/pushers?q=ann+barb',
    'pushers by half an address': '/console/pushers?q=user77@exam',
    'pushers by a rare tag': '/console/pushers?q=tags:vip',
    'pushers that do not exist': '/console/pushers?q=nobody',
    'a pusher': '/console/pushers/p77',
    'a pusher and a sender': '/console/pushers/p77?sender=sendmail',
    'a pusher and its choices': '/console/pushers/p77?preference=news',
    dead: '/console/dead',
    broadcasts: '/console/broadcasts',
    'a broadcast': `/console/broadcasts/${BROADCAST}`,
    'a broadcast, skipped': `/console/broadcasts/${BROADCAST}?outcome=skipped`,
    'a broadcast, moved': `/console/broadcasts/${BROADCAST}?outcome=moved&after=p5`,
    'a paused broadcast': `/console/broadcasts/${PAUSED}?after=p5`,
    templates: '/console/templates',
    'templates by name': '/console/templates?name=t7',
    'a template': '/console/templates/t7?sender=sendmail&locale=de',
    'a template, older versions': '/console/templates/t7?sender=sendmail&locale=default&after=60',
    'a change of a template': '/console/templates/t7/changes?from=60&to=62',
    live: '/console/live',
    senders: '/console/senders',
    categories: '/console/categories',
    'a category': '/console/categories/news',
    apps: '/console/apps',
    'an app': '/console/apps/1',
    audit: '/console/audit',
    'audit, older': '/console/audit?after=5000',
    'audit by account': '/console/audit?account=ops&after=5000',
    'audit by action': '/console/audit?action=app.change',
    'audit by both': '/console/audit?account=ops&action=app.change',
    'audit by both, none': '/console/audit?account=app+k&action=app.change',
    'audit by time': `/console/audit?since=${ago(3)}&until=${ago(2)}`,
  }
}
