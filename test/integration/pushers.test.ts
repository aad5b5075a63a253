import { afterAll, describe } from 'vitest'
import { exercisePusherStore } from '@carillon/testkit'
import { type OpenStore, stores } from './pushers-stores.ts'

for (const { name, available, open } of stores) {
  describe.skipIf(!available)(`pushers in ${name}`, () => {
    let opened: OpenStore
    afterAll(() => opened.close())
    exercisePusherStore(async () => {
      opened = await open()
      return opened.store
    })
  })
}
