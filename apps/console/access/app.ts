import { CarillonError } from '@carillon/contract'
import type { MiddlewareHandler } from 'hono'
import type { ConsoleDeps, ConsoleEnv } from '../deps.ts'

/** Finds the app that a page is about: the one that its link names, or the first one. */
export function chooseApp({ apps, firstApp }: Pick<ConsoleDeps, 'apps' | 'firstApp'>): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    const all = (await apps.list()).toSorted((a, b) => Number(b.id === firstApp) - Number(a.id === firstApp))
    const named = c.req.query('app')
    const app = named === undefined ? all[0] : all.find(({ id }) => String(id) === named)
    if (!app) throw new CarillonError('app_not_found', `There is no app ${named ?? firstApp}.`)
    c.set('apps', all)
    c.set('app', app)
    return next()
  }
}
