import { generateKeyPairSync } from 'node:crypto'
import { CarillonError, fingerprintOf } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { impersonal } from '../audit/impersonal.ts'
import { changeOf, replayedTarget, replayTarget } from '../audit/targets.ts'
import { withAudit } from '../audit/with-audit.ts'

const actor = { account: 'ops', address: '192.0.2.7' }

function auditLog() {
  const written: unknown[][] = []
  const audit = {
    add: async (entry: object) => {
      written.push(['add', entry])
      return '1'
    },
    fail: async (...call: unknown[]) => void written.push(['fail', ...call]),
    retarget: async (...call: unknown[]) => void written.push(['retarget', ...call]),
  }
  return { written, audit }
}

describe('what is audited', () => {
  const action = { app: 1, action: 'push.cancel', target: 'sendmail' }

  it('is written down before it is done, and in more detail afterwards', async () => {
    const { written, audit } = auditLog()
    const done = await withAudit(audit, actor, { ...action, targetAfter: (id: string) => id }, async () => {
      written.push(['done'])
      return '7'
    })
    expect(done).toBe('7')
    expect(written).toEqual([['add', { ...actor, ...action }], ['done'], ['retarget', '1', '7']])
  })

  it.each([
    [new CarillonError('conflict', 'There is no push ada_1.'), {}, 'There is no push ada_1.'],
    [new CarillonError('conflict', 'There is no push ada_1.'), { personal: 'ada_1' }, 'There is no push ….'],
    [new Error('select ada'), {}, 'an internal error'],
  ])('and fails has the error, without what names a person: %s', async (error, more, failure) => {
    const { written, audit } = auditLog()
    const run = async () => {
      throw error
    }
    await expect(withAudit(audit, actor, { ...action, ...more }, run)).rejects.toBe(error)
    expect(written.slice(1)).toEqual([['fail', '1', failure]])
  })

  it('is not done if it cannot be written down', async () => {
    const { audit } = auditLog()
    const isDone: boolean[] = []
    const run = async () => void isDone.push(true)
    await expect(
      withAudit({ ...audit, add: () => Promise.reject(new Error('no')) }, actor, action, run),
    ).rejects.toThrow('no')
    expect(isDone).toEqual([])
  })
})

describe('the audit names', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string

  it.each([
    [{ name: 'x', enabled: false, settings: { clientEvents: true } }, 'app.change', 'name, enabled, clientEvents'],
    [{ settings: { connectHook: undefined } }, 'app.change', 'connectHook'],
    [{ settings: { publicKeys: [pem] } }, 'app.change', `publicKeys (${fingerprintOf(pem)})`],
    [{ settings: { publicKeys: undefined } }, 'app.change', 'publicKeys'],
    [{ addSecret: 's3cret', settings: {} }, 'secret.add', ''],
    [{ retireSecret: 3, settings: {} }, 'secret.retire', 'secret 3'],
    [{ addSecret: 's3cret', retireSecret: 3 }, 'app.change', 'addSecret, retireSecret 3'],
  ])('a change of an app by its fields: %o', (change, action, target) => {
    expect(changeOf(2, change)).toMatchObject({ app: 2, action, target })
  })

  it('an added secret by its id', () => {
    const secrets = [1, 9].map((id) => ({ id, secret: 's3cret', createdAt: 1 }))
    const app = { id: 2, name: 'shop', key: 'k', secrets, v2Only: false, enabled: true, settings: {}, createdAt: 1 }
    expect(changeOf(2, { addSecret: 's3cret' }).targetAfter?.(app)).toBe('secret 9')
  })

  it.each([
    [{}, 'all'],
    [{ sender: 'sendmail' }, 'sendmail'],
    [{ pusher: 'ada', broadcast: 'news' }, 'all of the broadcast news of one pusher'],
    [{ sender: 'sendmail', reason: 'no mailbox of ada' }, 'sendmail: no mailbox of …, as of push 7'],
  ])('dead pushes without the person: %o', async (filter, target) => {
    const history = { list: async () => [{ id: '7', pusher: 'ada' } as never] }
    expect(await replayTarget({ history }, 1, filter)).toBe(target)
    expect(replayedTarget(target, 2500)).toBe(`${target} (2,500 pushes)`)
  })
})

it.each([
  ['ada has no phone number', '… has no phone number'],
  ['the adapter of ada.', 'the adapter of ….'],
  ['550 5.7.26 <ada@example.com> no such mailbox', '550 5.7.26 … no such mailbox'],
  ['+49 (170) 123-4567 is not a number', '… is not a number'],
  ['the chat -1001234567890 is gone', 'the chat … is gone'],
  ['https://hooks.example.com/T0/B0 answered 404', '… answered 404'],
  [`${'t'.repeat(25)} is not registered`, '… is not registered'],
])('a reason in the audit names nobody: %s', (reason, expected) => {
  expect(impersonal(reason, 'ada')).toBe(expected)
})
