import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PusherChange, PusherStore } from '@carillon/contract'
import { type OpenStore, stores } from './pushers-stores.ts'

const people: [string, PusherChange][] = [
  [
    'lupino',
    {
      fields: { email: 'example@example.com', nickname: 'Lupino', phoneNumber: '12345678901' },
      addSenders: ['sendmail', 'sendsms'],
    },
  ],
  [
    'user-1',
    {
      fields: { email: 'john.smith@gmail.com', nickname: 'John Smith', phoneNumber: '+86 138 0013 8000' },
      addTags: ['vip'],
    },
  ],
  ['user-2', { fields: { email: 'smith@johnson.com', nickname: '李雷' }, addTags: ['VIP gold', 'city-paris'] }],
  [
    '用户/3',
    {
      fields: { email: 'han@example.org', nickname: '韩梅梅 Иван', phoneNumber: '+15005550006' },
      addTags: ['city-london', "it's \\ %"],
    },
  ],
  ['a_b:c', { fields: { nickname: "🦊 100% O'Neil" }, addSenders: ['sendmail'] }],
]

for (const { name, available, open } of stores) {
  describe.skipIf(!available)(`searching in ${name}`, () => {
    let opened: OpenStore
    let store: PusherStore
    beforeAll(async () => {
      opened = await open()
      store = opened.store
      for (const [at, [id, change]] of people.entries()) {
        await store.set(1, id, { ...change, fields: { ...change.fields, createdAt: 1_456_403_493 + at } }, true)
      }
    })
    afterAll(() => opened.close())

    const idsOf = async (query: string) =>
      (await store.search(1, query, { from: 0, size: 100 })).pushers.map(({ id }) => id)

    it.each([
      ['example@example.com', 'lupino'],
      ['EXAMPLE', '用户/3 lupino'],
      ['email:gmail', 'user-1'],
      ['smith', 'user-2 user-1'],
      ['nickname:smith', 'user-1'],
      ['"john smith"', 'user-1'],
      ['"smith john"', ''],
      ['john.smith', 'user-1'],
      ['lupino 李雷', 'user-2 lupino'],
      ['李', 'user-2'],
      ['雷李', ''],
      ['梅梅', '用户/3'],
      ['иВАН', '用户/3'],
      ['id:user-1', 'user-1'],
      ['id:user', 'user-2 user-1'],
      ['用户/3', '用户/3'],
      ['a_b\\:c', 'a_b:c'],
      ["o'neil", 'a_b:c'],
      ['🦊', 'a_b:c'],
      ['12345678901', 'lupino'],
      ['phoneNumber:8613800138000', 'user-1'],
      ['13800138000', 'user-1'],
      ['"138 0013"', 'user-1'],
      ['phoneNumber:"+86 138-0013-8000"', 'user-1'],
      ['phoneNumber:1380013*', 'user-1'],
      ['tags:vip', 'user-2 user-1'],
      ['tags:gold', 'user-2'],
      ['tags:"vip gold"', 'user-2'],
      ['tags:"gold vip"', ''],
      ['tags:city-london', '用户/3'],
      ['tags:city-*', '用户/3 user-2'],
      ["tags:it's", '用户/3'],
      ['senders:sendmail', 'a_b:c lupino'],
      ['senders:send*', 'a_b:c lupino'],
      ['+senders:sendmail -lupino', 'a_b:c'],
      ['+smith -tags:gold', 'user-1'],
      ['-tags:*', 'a_b:c lupino'],
      ['-smith', 'a_b:c 用户/3 lupino'],
      ['+senders:sendmail lupino', 'a_b:c lupino'],
      ['lup*', 'lupino'],
      ['l*', '用户/3 lupino'],
      ['lup?no', 'lupino'],
      ['lu*o', 'lupino'],
      ['lu*x', ''],
      ['pa*is', 'user-2'],
      ['*@example.com', 'lupino'],
      ['jo*@gmail.com', 'user-1'],
      ['*', 'a_b:c 用户/3 user-2 user-1 lupino'],
      ['100%', 'a_b:c'],
      ['createdAt:>1456403495', 'a_b:c 用户/3'],
      ['+createdAt:>1456403493 +createdAt:<=1456403495', 'user-2 user-1'],
      ['createdAt:1456403493 createdAt:1456403497', 'a_b:c lupino'],
      ['lupino createdAt:>=1456403497', 'a_b:c lupino'],
      ['+smith -createdAt:<1456403495', 'user-2'],
      ['createdAt:>99999999999999999999999999', ''],
      ['nobody', ''],
      ['!!!', ''],
      ['{"match":"john 李雷"}', 'user-2 user-1'],
      ['{"match":"john smith","operator":"and","field":"nickname"}', 'user-1'],
      ['{"match_phrase":"john smith","field":"email"}', 'user-1'],
      ['{"term":"vip","field":"tags"}', 'user-2 user-1'],
      ['{"prefix":"lup"}', 'lupino'],
      ['{"wildcard":"lu*o","field":"nickname"}', 'lupino'],
      ['{"query":"+smith +vip"}', 'user-2 user-1'],
      ['{"conjuncts":[{"term":"smith"},{"term":"gold"}]}', 'user-2'],
      ['{"disjuncts":[{"term":"smith"},{"term":"gold"},{"term":"gmail"}],"min":2}', 'user-2 user-1'],
      ['{"must":{"conjuncts":[{"term":"smith"}]},"must_not":{"disjuncts":[{"term":"gmail"}]}}', 'user-2'],
      ['{"min":1456403494,"max":1456403496,"field":"createdAt"}', 'user-2 user-1'],
      ['{"match_all":{}}', 'a_b:c 用户/3 user-2 user-1 lupino'],
    ])('%s finds: %s', async (query, ids) => {
      expect((await idsOf(query)).join(' ')).toBe(ids)
    })
  })
}
