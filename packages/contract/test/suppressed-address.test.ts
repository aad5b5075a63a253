import { expect, it } from 'vitest'
import { maskAddress, normalAddress, readPushId, recipientId } from '@carillon/contract'

it.each([
  [' Lupino@Example.COM ', 'lupino@example.com', 'l***@example.com'],
  ['+1 (500) 555-00.06', '15005550006', '150***06'],
  ['15005550006', '15005550006', '150***06'],
  ['12345', '12345', '123***'],
  ['device-token', 'device-token', 'dev***en'],
  ['@x', '@x', '@x***'],
  ['😀😀@x.y', '😀😀@x.y', '😀***@x.y'],
])('%j is known as %j and shown as %j', (address, normal, shown) => {
  expect([normalAddress(address), maskAddress(address)]).toEqual([normal, shown])
})

it.each([
  ['7', { push: '7' }],
  [recipientId('7', 'a-b\u00e9'), { broadcast: '7', pusher: 'a-b\u00e9' }],
  ['7-', null],
  ['', null],
  ['-7', null],
  ['9999999999999999999', null],
  ['7-\0', null],
])('%j stands for %j', (id, about) => {
  expect(readPushId(id)).toEqual(about)
})
