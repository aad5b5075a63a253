import { expect, it } from 'vitest'
import { onEveryBackend } from './backends.ts'

onEveryBackend('the first app', (current) => {
  it('is one and the same to all processes that start together', async () => {
    const wanted = { id: 70, key: 'seventy', secret: 's3cret' }
    const found = await Promise.all(
      Array.from({ length: 5 }, async () => (await current().connectAnother()).store.apps.ensureFirst(wanted)),
    )
    expect(new Set(found.map(({ id, key }) => `${id} ${key}`))).toEqual(new Set(['70 seventy']))
    expect(found.at(-1)!.secrets.map(({ secret }) => secret)).toEqual(['s3cret'])
  })
})
