import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { errorCode } from '@carillon/contract'
import * as z from 'zod'

/** A project's credentials: the key of a service account, or another kind that Google's library knows. */
export type FcmCredentials = ServiceAccount | OtherCredentials

export interface ServiceAccount {
  kind: 'service account'
  project: string
  email: string
  keyId: string | undefined
  key: KeyObject
  /** Where Google says that it gives tokens. */
  tokenUri: string
}

/** Such as those of workload identity federation. */
export interface OtherCredentials {
  kind: 'other'
  project: string
  json: Record<string, unknown>
}

const GOOGLE_TOKENS = 'https://oauth2.googleapis.com/token'

/** `FCM_CREDENTIALS`: files or JSON, comma-separated. An issue names what is missing, and never a value. */
export const fcmCredentials = z.string().transform((text, context): FcmCredentials[] => {
  const complain = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  try {
    const found = objectsIn(text).map(readCredentials)
    const projects = found.map(({ project }) => project)
    const twice = projects.find((project, index) => projects.indexOf(project) !== index)
    return twice === undefined ? found : complain(`has two credentials for the project ${twice}`)
  } catch (error) {
    return complain(error instanceof BadCredentials ? error.message : `cannot be read: ${errorCode(error)}`)
  }
})

class BadCredentials extends Error {}

function objectsIn(text: string): Record<string, unknown>[] {
  if (text.trimStart().startsWith('{')) return objects(`[${text}]`, 'is not valid JSON')
  const files = text.split(',').map((file) => file.trim())
  return files.flatMap((file) => objects(`[${contentOf(file)}]`, `names a file that is not valid JSON: ${file}`))
}

/** What does not look like the name of a file may be a secret. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadCredentials(`cannot be read: ${errorCode(error)}${file.endsWith('.json') ? ` ${file}` : ''}`)
  }
}

function objects(json: string, complaint: string): Record<string, unknown>[] {
  const read = z.array(z.record(z.string(), z.unknown())).safeParse(parsed(json))
  if (!read.success) throw new BadCredentials(complaint)
  return read.data
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function readCredentials(json: Record<string, unknown>): FcmCredentials {
  const field = (name: string) => {
    const value = json[name]
    if (typeof value === 'string' && value !== '') return value
    throw new BadCredentials(`has a service account without ${name}: use the file as Google made it`)
  }
  if (field('type') !== 'service_account') return { kind: 'other', project: projectOf(json), json }
  return {
    kind: 'service account',
    project: field('project_id'),
    email: field('client_email'),
    keyId: typeof json['private_key_id'] === 'string' ? json['private_key_id'] : undefined,
    key: privateKey(field('private_key')),
    tokenUri: typeof json['token_uri'] === 'string' ? json['token_uri'] : GOOGLE_TOKENS,
  }
}

/** Google's files for other kinds of credentials do not always name the project. */
function projectOf(json: Record<string, unknown>): string {
  const project = json['project_id'] ?? json['quota_project_id']
  if (typeof project === 'string' && project !== '') return project
  throw new BadCredentials('has credentials without project_id: add the id of the Firebase project to the JSON')
}

function privateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // the message of OpenSSL helps nobody
  }
  throw new BadCredentials('has a service account whose private_key is not an RSA key in PEM')
}
