import type { AppWithAccount } from '@carillon/contract'
import type { GopusherParts } from '../parts.ts'

/** A call of the super admin. */
interface AdminCall {
  request: Request
  /** The caller's address. */
  ip: string
  /** What the route's path holds in the places that differ, percent-decoded. */
  places: (string | undefined)[]
}

/** A call of one that may call for this app. */
interface AppCall extends AdminCall, AppWithAccount {}

interface RouteBase {
  method: string
  path: RegExp
}

export interface AdminRoute extends RouteBase {
  for: 'admin'
  handle(parts: GopusherParts, call: AdminCall): Promise<object>
}

/** The first place of its path is the app_key. */
export interface AppRoute extends RouteBase {
  for: 'app'
  handle(parts: GopusherParts, call: AppCall): Promise<object>
}

export type Route = AdminRoute | AppRoute
