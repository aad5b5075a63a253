import { execFileSync } from 'node:child_process'
import { simpleParser } from 'mailparser'
import { findProgram, inCI } from './machine.ts'

/** The headers of a mail as another program reads them: names in lower case, values unfolded, and encoded words decoded. */
export type ReadHeaders = Record<string, string>

const python = findProgram('python3')

/** Programs that read mails. In CI a missing one fails. */
export const mailReaders: [name: string, isHere: boolean, read: (source: string | Buffer) => Promise<ReadHeaders>][] = [
  ['mailparser', true, readByMailparser],
  ["Python's email", python !== undefined || inCI, readByPython],
]

/** It reads the headers of lists into an object of its own, and decodes no names there. */
async function readByMailparser(source: string | Buffer): Promise<ReadHeaders> {
  const { headerLines, headers } = await simpleParser(source)
  const lines = headerLines.map(({ key, line }) => [key, unfolded(line.slice(line.indexOf(':') + 1))] as const)
  const list = headers.get('list') as Record<string, { url?: string; id?: string; name?: string }> | undefined
  return {
    ...Object.fromEntries(lines),
    ...(list?.['id'] && { 'list-id': `${decoded(list['id'].name ?? '')} <${list['id'].id}>` }),
    'number of list-unsubscribe': String(lines.filter(([key]) => key === 'list-unsubscribe').length),
  }
}

const SCRIPT = `
import email, email.policy, json, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
found = {name.lower(): str(value) for name, value in mail.items()}
found['number of list-unsubscribe'] = str(len(mail.get_all('List-Unsubscribe', [])))
print(json.dumps(found))`

async function readByPython(source: string | Buffer): Promise<ReadHeaders> {
  return JSON.parse(execFileSync('python3', ['-c', SCRIPT], { input: source, encoding: 'utf8' })) as ReadHeaders
}

function decoded(words: string): string {
  return words.replaceAll(/=\?UTF-8\?B\?([^?]*)\?=\s*/g, (_, base64: string) =>
    Buffer.from(base64, 'base64').toString(),
  )
}

function unfolded(value: string): string {
  return value.replaceAll(/\r?\n(?=[ \t])/g, '').trim()
}
