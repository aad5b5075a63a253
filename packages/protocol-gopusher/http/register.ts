import { hasControlCharacter, LONGEST_NAME, LONGEST_PASSWORD } from '../limits.ts'
import { Refusal } from '@carillon/request'
import type { AdminRoute } from './call.ts'
import { Form } from './form.ts'

const LONGEST_URL = 2000

export const register: AdminRoute = {
  method: 'POST',
  path: /^\/api\/register$/,
  for: 'admin',
  async handle({ apps, passwords }, { request, ip }) {
    const { appName, account, password, connectHook } = readRegistration(await Form.read(request))
    const passwordHash = await passwords.hash(password)
    const app = await apps.register({
      name: appName,
      account: { name: account, passwordHash, requestIp: ip },
      connectHook,
    })
    return {
      app_name: app.name,
      auth_account: account,
      auth_password: password,
      app_key: app.key,
      request_ip: ip,
      app_id: app.id,
      app_secret: app.secrets[0]?.secret,
    }
  },
}

function readRegistration(form: Form) {
  return {
    appName: name(form, 'app_name'),
    account: accountName(form),
    password: newPassword(form),
    connectHook: hookUrl(form),
  }
}

function name(form: Form, field: string): string {
  const value = form.required(field)
  if (value.length > LONGEST_NAME || hasControlCharacter(value))
    throw new Refusal(400, `${field} has at most ${LONGEST_NAME} characters, and no control characters.`)
  return value
}

/** HTTP Basic authentication ends the account's name at its first colon. */
function accountName(form: Form): string {
  const account = name(form, 'auth_account')
  if (account.includes(':')) throw new Refusal(400, 'auth_account must not contain a colon.')
  return account
}

function newPassword(form: Form): string {
  const password = form.required('auth_password')
  if (Buffer.byteLength(password) > LONGEST_PASSWORD || hasControlCharacter(password))
    throw new Refusal(400, `auth_password has at most ${LONGEST_PASSWORD} bytes, and no control characters.`)
  return password
}

function hookUrl(form: Form): string | undefined {
  const url = form.get('connect_hook')
  if (url === '') return undefined
  if (url.length > LONGEST_URL || !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new Refusal(400, `connect_hook must be an http or https URL of at most ${LONGEST_URL} characters.`)
  return url
}
