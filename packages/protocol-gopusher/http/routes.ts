import { appList } from './app-list.ts'
import type { Route } from './call.ts'
import { listOnlineUser } from './list-online-user.ts'
import { push } from './push.ts'
import { register } from './register.ts'
import { unregister } from './unregister.ts'

export const routes: readonly Route[] = [register, unregister, appList, push, listOnlineUser]
