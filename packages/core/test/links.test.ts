import type { Pusher } from '@carillon/contract'
import { examplePusher } from '@carillon/testkit'
import { unsubscribeLinks } from '@carillon/unsubscribe'
import { describe, expect, it } from 'vitest'
import { exampleLinks, linksWith } from '../send/links.ts'

const links = unsubscribeLinks(new Uint8Array(32).fill(7))
const news = { name: 'news', title: 'News', required: false }
const ann = examplePusher({ id: 'ann', email: 'ann@example.com' })
const mail = { name: 'sendmail', sendsTo: 'email' } as const

function linksOf({
  category,
  pusher = ann,
  publicUrl = 'https://bell.example.com',
  app = 1,
}: {
  category?: typeof news
  pusher?: Pusher | null
  publicUrl?: string
  app?: number
}) {
  return linksWith(publicUrl, links)({ app, pusher, category }, mail)
}

function read(url: string | undefined) {
  return links.read(url!.replace(/^.*\/u\//, ''))
}

describe('the links of a push', () => {
  it('name its category, and all preferences', () => {
    const { unsubscribe, preferences, list } = linksOf({ category: news })!
    expect(unsubscribe).toMatch(/^https:\/\/bell\.example\.com\/u\/[\w-]+$/)
    expect(read(unsubscribe)).toEqual({ app: 1, pusher: 'ann', category: 'news', sender: 'sendmail' })
    expect(read(preferences)).toEqual({ app: 1, pusher: 'ann', category: null, sender: 'sendmail' })
    expect(list).toEqual({ id: 'news.bell.example.com', title: 'News' })
    expect(links.wentTo(unsubscribe.split('/u/')[1]!, 'ann@example.com')).toBe(true)
  })

  it.each([
    ['no category', undefined],
    ['a required category', { ...news, required: true }],
  ])('of %s lead to the preferences alone', (_, category) => {
    const made = linksOf({ ...(category && { category }) })!
    expect([made.unsubscribe, made.list]).toEqual([made.preferences, undefined])
  })

  it('are signed when they are read, and once', () => {
    let signed = 0
    const sign = () => `token${++signed}`
    const made = linksWith('https://a.example/', { sign })({ app: 1, pusher: ann, category: news }, mail)!
    expect([signed, made.list]).toEqual([0, { id: 'news.a.example', title: 'News' }])
    expect([made.unsubscribe, made.unsubscribe, { ...made }, signed]).toEqual([
      'https://a.example/u/token1',
      'https://a.example/u/token1',
      {},
      1,
    ])
  })

  it('do not exist for a pusher who was removed', () => {
    expect(linksOf({ pusher: null })).toBeUndefined()
  })

  it.each([
    ['News_Weekly.EU', 'https://Bell.example.com:8443/path/', 'news_weekly.eu.bell.example.com'],
    ['.a..b.', 'https://bell.example.com', 'a.b.bell.example.com'],
    ['...', 'http://127.0.0.1:6001', '127.0.0.1'],
    ['news', 'http://[::1]:6001', 'news.---1-'],
    ['n'.repeat(64), `https://${'h.'.repeat(120)}example`, expect.stringMatching(/^n+\.h\..{1,250}$/)],
  ])('have a valid list id for the category %s at %s', (name, publicUrl, id) => {
    const list = linksOf({ category: { ...news, name }, publicUrl })!.list!
    expect(list.id).toEqual(id)
    expect(list.id).toMatch(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/)
    expect(list.id.length).toBeLessThanOrEqual(255)
  })

  it('have list ids that differ between apps', () => {
    expect(linksOf({ category: news, app: 2 })!.list!.id).toBe('news.app-2.bell.example.com')
  })

  it('are signed for nobody in a preview', () => {
    const { unsubscribe, preferences } = exampleLinks('https://bell.example.com/')!
    expect([unsubscribe, preferences]).toEqual(Array(2).fill('https://bell.example.com/u/example'))
    expect(read(unsubscribe)).toBeNull()
    expect(exampleLinks(undefined)).toBeUndefined()
  })
})
