import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { signV1 } from '@carillon/contract'
import vectors from '../vectors.json' with { type: 'json' }

const page = readFileSync(new URL('../../docs/signing.md', import.meta.url), 'utf8')
const v1 = vectors.hmac_md5.find(({ what }) => what === 'POST form')?.signature ?? 'no such vector'
const v2 = vectors.v2.find(({ nonce }) => nonce === 'n-2')?.signature ?? 'no such vector'

const languages = [
  { language: 'sh', command: ['bash'], file: 'sign.sh', needs: ['bash', 'openssl'] },
  { language: 'python', command: ['python3'], file: 'sign.py', needs: ['python3'] },
  { language: 'go', command: ['go', 'run'], file: 'sign.go', needs: ['go'] },
  { language: 'php', command: ['php'], file: 'sign.php', needs: ['php'] },
  { language: 'javascript', command: [process.execPath], file: 'sign.mjs', needs: [] },
]

describe('docs/signing.md', () => {
  describe.each(languages)(
    'in $language (needs $needs)',
    ({ language, command: [program = '', ...args], file, needs }) => {
      it.skipIf(!needs.every(isInstalled))('signs as the vectors do', () => {
        const folder = mkdtempSync(join(tmpdir(), 'carillon-'))
        onTestFinished(() => rmSync(folder, { recursive: true }))
        writeFileSync(join(folder, file), blockIn(language))
        const output = execFileSync(program, [...args, join(folder, file)], { encoding: 'utf8' })
        expect(output.trim().split('\n')).toEqual([v1, v2])
      })
    },
  )

  it('shows the signatures of the vectors', () => {
    expect(page.split('\n')).toEqual(expect.arrayContaining([v1, v2]))
  })

  it('shows the text that v1 signs', () => {
    const text = page.split('\n').find((line) => line.startsWith('app_keydemo')) ?? ''
    expect(signV1('s3cret', { [text]: '' })).toBe(v1)
  })
})

function blockIn(language: string): string {
  return page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''
}

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, [['openssl', 'go'].includes(tool) ? 'version' : '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
