import { mayConnectFrom, ORIGIN_PATTERN } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { appWith } from './fakes.ts'

const appOf = (...allowedOrigins: string[]) => ({ ...appWith(), settings: { allowedOrigins } })

describe('allowedOrigins of an app', () => {
  it.each([
    ['*', 'https://anywhere.example'],
    ['*', 'null'],
    ['null', 'null'],
    ['https://shop.example.com', 'https://shop.example.com'],
    ['https://Shop.example.com', 'https://shop.example.com'],
    ['https://shop.example.com:443', 'https://shop.example.com'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://*.example.com', 'https://a.example.com'],
    ['https://*.example.com', 'https://a.b.example.com'],
    ['*.example.com', 'http://a.example.com:8080'],
    ['example.com', 'http://example.com:8080'],
    ['example.com:8080', 'http://example.com:8080'],
    ['example.com:443', 'https://example.com'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['[::1]', 'http://[::1]:3000'],
    ['capacitor://localhost', 'capacitor://localhost'],
  ])('%s lets %s connect', (allowed, origin) => {
    expect(allowed).toMatch(ORIGIN_PATTERN)
    expect(mayConnectFrom(appOf('https://other.example', allowed), origin)).toBe(true)
  })

  it.each([
    ['https://shop.example.com', 'http://shop.example.com'],
    ['https://shop.example.com', 'https://shop.example.com:8443'],
    ['https://shop.example.com', 'https://shop.example.com.evil.example'],
    ['https://shop.example.com', 'https://evilshop.example.com'],
    ['https://shop.example.com', 'null'],
    ['https://*.example.com', 'https://example.com'],
    ['https://*.example.com', 'https://.example.com'],
    ['https://*.example.com', 'https://evilexample.com'],
    ['https://*.example.com', 'http://a.example.com'],
    ['example.com', 'https://a.example.com'],
    ['example.com', 'https://evil.example/example.com'],
    ['example.com:8080', 'http://example.com'],
    ['*.example.com', ''],
    ['http://localhost:3000', 'http://localhost:30000'],
  ])('%s does not let %s connect', (allowed, origin) => {
    expect(mayConnectFrom(appOf(allowed), origin)).toBe(false)
  })

  it('lets anybody connect where there are none, and who is no page of any origin', () => {
    expect(mayConnectFrom(appWith(), 'https://anywhere.example')).toBe(true)
    expect(mayConnectFrom(appOf('https://shop.example.com'), undefined)).toBe(true)
  })

  it.each(['', 'https://', 'https://shop.example.com/', 'https://a.*.example.com', 'shop example', 'ftp//x', '*.*'])(
    'refuses to be “%s”',
    (text) => {
      expect(text).not.toMatch(ORIGIN_PATTERN)
    },
  )
})
