import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { sameSignature } from '@carillon/contract'
import { expect, it, onTestFinished, vi } from 'vitest'

it('leaves the comparison to timingSafeEqual, whose time does not tell how much was right', () => {
  const compare = vi.spyOn(crypto, 'timingSafeEqual')
  syncBuiltinESMExports()
  onTestFinished(() => {
    compare.mockRestore()
    syncBuiltinESMExports()
  })
  sameSignature('abc', 'abd')
  expect(compare).toHaveBeenCalledExactlyOnceWith(Buffer.from('abc'), Buffer.from('abd'))
})
