import webpush from 'web-push'
import { describe, expect, it } from 'vitest'
import { isKeyPair, vapidKeys } from '../webpush/keys.ts'
import { subjectOf, subjectProblem } from '../webpush/subject.ts'
import { sharedInMemory } from './web-push-parts.ts'

describe('the keys', () => {
  it('of the operator are used as they are', async () => {
    const own = webpush.generateVAPIDKeys()
    expect(await vapidKeys(own, sharedInMemory())).toBe(own)
  })

  it('are made once otherwise, and are a pair', async () => {
    const shared = sharedInMemory()
    const made = await vapidKeys(undefined, shared)
    expect(isKeyPair(made)).toBe(true)
    expect(await vapidKeys(undefined, shared)).toEqual(made)
  })

  it('are a pair only if they belong together', () => {
    const [one, other] = [webpush.generateVAPIDKeys(), webpush.generateVAPIDKeys()]
    expect(isKeyPair({ ...one, publicKey: other.publicKey })).toBe(false)
    expect(isKeyPair({ ...one, privateKey: 'AAAA' })).toBe(false)
    expect(isKeyPair({ publicKey: '', privateKey: '' })).toBe(false)
  })
})

describe('a subject', () => {
  it.each([
    'mailto:ops@example.com',
    'MAILTO:ops@mail.example.com',
    'https://example.com',
    'https://example.com/contact?to=ops',
    'https://bücher.example.com',
  ])('%s can be used', (subject) => {
    expect(subjectProblem(subject)).toBeUndefined()
  })

  it.each([
    'mailto:ops@localhost',
    'https://localhost',
    'https://carillon.local',
    'mailto:ops@shop.test',
    'https://intranet',
    'https://203.0.113.5',
    'https://[2001:db8::1]/',
    'https://127.0.0.1:6001',
    'https://2130706433',
  ])('%s has no host that everybody can look up', (subject) => {
    expect(subjectProblem(subject)).toMatch(/^must contain a host that everybody can look up/)
  })

  it.each(['', 'ops@example.com', 'mailto:', 'mailto:ops', 'http://example.com', 'https://', 'tel:110'])(
    '%j is none',
    (subject) => {
      expect(subjectProblem(subject)).toMatch(/^must be mailto: /)
    },
  )

  it.each([
    [{ subject: 'mailto:a@example.com', publicUrl: 'https://example.com' }, 'mailto:a@example.com'],
    [{ publicUrl: 'https://push.example.com/bells', mailFrom: 'a@example.com' }, 'https://push.example.com'],
    [{ publicUrl: 'http://push.example.com', mailFrom: 'News <a@example.com>' }, 'mailto:a@example.com'],
    [{ publicUrl: 'https://10.0.0.1', mailFrom: 'a@example.com' }, 'mailto:a@example.com'],
    [{ mailFrom: 'a@localhost' }, 'mailto:webmaster@localhost'],
    [{}, 'mailto:webmaster@localhost'],
  ])('of %o is %s', (contacts, subject) => {
    expect(subjectOf(contacts)).toBe(subject)
  })
})
