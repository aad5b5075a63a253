import { expect, it } from 'vitest'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { bell, newName } from './bells.ts'
import { explainStage } from './explain-stage.ts'

onEveryBackend('why a push arrives or not', (current) => {
  const store = () => current().services.store
  const { stage, runs, reports } = explainStage(current)

  it('is nothing where all is well, in the order in which a push meets it', async () => {
    const { name, checks } = await stage({ sendsTo: 'email' })
    await runs(bell(name))
    expect((await checks()).map(({ check, state }) => [check, state])).toEqual([
      ['pusher', 'ok'],
      ['allowed', 'ok'],
      ['address', 'ok'],
      ['addressBlock', 'ok'],
      ['configured', 'ok'],
      ['paused', 'ok'],
      ['worker', 'ok'],
      ['rate', 'ok'],
      ['breaker', 'ok'],
      ['lastPush', 'ok'],
    ])
  })

  it('of all senders at once, those of the pusher first', async () => {
    const { name, core } = await stage({ sendsTo: 'email' })
    const [other, lacking] = [newName(), newName()]
    await current().services.pushers.set(1, name, { addSenders: [other] }, false)
    await runs(bell(other), { missing: { [lacking]: 'set X' } })
    const all = await core.explainAll(1, { pusher: name })
    const at = (sender: string) => all.findIndex((one) => one.sender === sender)
    expect(new Set([at(name), at(other)])).toEqual(new Set([0, 1]))
    expect(at(lacking)).toBeGreaterThan(1)
    const each = await Promise.all(all.map(({ sender }) => core.explain(1, { pusher: name, sender })))
    expect(each).toEqual(all)
    expect(await core.explainAll(1, { pusher: 'nobody' })).toContainEqual(
      expect.objectContaining({
        sender: lacking,
        checks: expect.arrayContaining([expect.objectContaining({ check: 'pusher', state: 'blocks' })]),
      }),
    )
  })

  it('a pusher or a sender that is not there', async () => {
    const { checks } = await stage()
    const nobody = await checks('nobody')
    expect(nobody[0]).toEqual({
      check: 'pusher',
      state: 'blocks',
      sentence: 'There is no pusher nobody.',
      action: 'Create it: POST /pusher/pushers/ with pusher=nobody.',
    })
    expect(nobody.map(({ check }) => check)).not.toContain('address')
  })

  it('a sender that there is not, with the one that was most likely meant', async () => {
    const { name, checks } = await stage({ name: 'sendcarrierpigeon' })
    expect(await checks(name, 'sendcarierpigeon')).toEqual([
      { check: 'pusher', state: 'ok', sentence: `The pusher ${name} exists.` },
      {
        check: 'configured',
        state: 'blocks',
        sentence: 'No sender is called sendcarierpigeon. Did you mean sendcarrierpigeon?',
      },
    ])
    const action = expect.stringMatching(/^Check its spelling \(there are .+\), or name its file in SENDERS\.$/)
    const nothingLike = { check: 'configured', state: 'blocks', sentence: 'No sender is called zzyzx.', action }
    expect((await checks(name, 'zzyzx')).slice(1)).toEqual([nothingLike])
    await current().services.pushers.set(1, name, { addSenders: ['zzyzx'] }, false)
    const given = await checks(name, 'zzyzx')
    expect(given).toContainEqual(nothingLike)
    expect(given.map(({ check }) => check)).toEqual(expect.arrayContaining(['paused', 'lastPush']))
  })

  it('a sender that was not given', async () => {
    const { name, check } = await stage({}, { addSenders: [] })
    expect(await check('allowed')).toMatchObject({
      state: 'blocks',
      action: expect.stringContaining(`/pusher/${name}/add`),
    })
  })

  it.each([
    [{ sendsTo: 'email' }, 'has no email address.'],
    [{ sendsTo: 'phoneNumber' }, 'has no phone number.'],
    [{ addressKinds: ['fcm', 'apns'] }, 'has no address of the kind fcm or apns.'],
  ] as const)('no address: %o', async (facts, sentence) => {
    const { name, check } = await stage(facts, { fields: { email: '' } })
    expect(await check('address')).toMatchObject({ state: 'blocks', sentence: `${name} ${sentence}` })
    expect(await check('addressBlock')).toBeUndefined()
  })

  it('a suppressed address, however it is written', async () => {
    const { name, check } = await stage({ sendsTo: 'phoneNumber' })
    expect(await check('addressBlock')).toMatchObject({ state: 'ok' })
    await store().suppressions.add({ app: 1, sender: name, address: '+86 138 0000 0000' }, 'asked for it')
    expect(await check('addressBlock')).toMatchObject({
      state: 'blocks',
      sentence: expect.stringMatching(
        /^The phone number has been suppressed for .* since \d{4}-\d\d-\d\d: asked for it$/,
      ),
    })
  })

  it('a disabled address, and one of two', async () => {
    const { name, check } = await stage({ addressKinds: ['fcm'] })
    const register = (token: string) => store().addresses.register({ app: 1, pusher: name, kind: 'fcm', token })
    const { id } = await register(`first-secret-token-${name}`)
    await store().addresses.disable(1, id, 'HTTP 403')
    const disabled = /^fcm …\S{1,6} has been disabled since \S+: HTTP 403$/
    expect(await check('addressBlock')).toMatchObject({ state: 'blocks', sentence: expect.stringMatching(disabled) })
    await register(`second-secret-token-${name}`)
    expect(await check('addressBlock')).toMatchObject({
      state: 'partly',
      sentence: expect.stringMatching(
        /^1 of 2 addresses gets nothing: fcm …\S{1,6} has been disabled since \S+: HTTP 403$/,
      ),
      action: 'Register the address again once it works.',
    })
    expect(JSON.stringify([await check('address'), await check('addressBlock')])).not.toContain('secret')
  })

  it('a paused sender, and a push that waits for it', async () => {
    const { name, check, push } = await stage()
    await push()
    expect(await check('lastPush')).toMatchObject({
      state: 'blocks',
      sentence: 'The last push waits: no worker runs its sender',
    })
    await store().senders.pause(1, name)
    expect(await check('paused')).toMatchObject({ state: 'blocks', sentence: `${name} is paused, so its pushes wait.` })
    expect(await check('lastPush')).toMatchObject({
      state: 'blocks',
      sentence: 'The last push waits: its sender is paused',
      action: `Resume the sender: POST /v1/senders/${name}/resume.`,
    })
  })

  it('no worker, or only one that lacks settings', async () => {
    const { name, check } = await stage()
    expect(await check('configured')).toMatchObject({ state: 'ok' })
    expect(await check('worker')).toMatchObject({ state: 'blocks', sentence: `No worker runs ${name}.` })
    await runs(bell(newName()), { missing: { [name]: 'set THE_KEY' } })
    expect(await check('configured')).toMatchObject({
      state: 'blocks',
      sentence: `${name} is not configured: set THE_KEY`,
    })
  })

  it('a sender that only writes files', async () => {
    const { name, check, push } = await stage()
    await runs({ ...bell(name, () => ({ done: true, messageId: 'outbox: 12-7.json' })), outbox: 'set THE_KEY' })
    expect(await check('configured')).toEqual({
      check: 'configured',
      state: 'ok',
      sentence: `${name} writes messages to files in the outbox, because no provider is set.`,
      action: 'Set THE_KEY.',
    })
    expect(await store().senders.status(1)).toContainEqual(expect.objectContaining({ name, outbox: 'set THE_KEY' }))
    await push()
    const written = /^The last push was written to the outbox as 12-7\.json at \S+Z\. Nothing was sent to a provider\.$/
    await waitFor(async () => written.test((await check('lastPush'))?.sentence ?? ''))
  })

  it('a push of which only some messages became files', async () => {
    const { name, check, push } = await stage()
    const at = (messageId: string) => ({ kind: 'fcm' as const, address: '…a', outcome: 'sent' as const, messageId })
    await runs(bell(name, () => ({ done: true, addresses: [at('outbox: 7.json'), at('m1'), at('m2')] })))
    await push()
    const sentence = /but 1 of its 3 messages was only written to the outbox as 7\.json\.$/
    await waitFor(async () => sentence.test((await check('lastPush'))?.sentence ?? ''))
  })

  it('a rate that is used up, until there is room again', async () => {
    const { name, check } = await stage()
    const rate = { count: 5, seconds: 60 }
    await reports(name, { rate: { ...rate, usedUpUntil: 4_102_444_800 } })
    const sentence = `The rate of ${name}, 5 in 60 s, is used up until 2100-01-01T00:00:00Z.`
    expect(await check('rate')).toMatchObject({ state: 'waits', sentence })
    await reports(name, { rate: { ...rate, usedUpUntil: 1_000_000_000 } })
    expect(await check('rate')).toMatchObject({ state: 'ok' })
  })

  it('a provider that is not used for now', async () => {
    const { name, check } = await stage()
    const breaker = { transport: 'SMTP', outage: 'ECONNREFUSED', openSince: 1_000_000_000, nextProbe: 1_000_000_060 }
    await reports(name, { breakers: [breaker] })
    const since = '2001-09-09T01:46:40Z (ECONNREFUSED)'
    expect(await check('breaker')).toMatchObject({
      state: 'waits',
      sentence: `SMTP has failed since ${since}, so the worker does not use it until 2001-09-09T01:47:40Z.`,
    })
  })

  it('a push that failed for good', async () => {
    const { name, check, push } = await stage()
    await runs(
      bell(name, () => {
        throw new Error('550 no such mailbox')
      }),
      { retryTimes: 1 },
    )
    await push()
    await waitFor(async () => (await check('lastPush'))?.state === 'blocks')
    const [dead] = await store().history.list(1, { sender: name })
    expect(await check('lastPush')).toEqual({
      check: 'lastPush',
      state: 'blocks',
      push: dead!.id,
      sentence: expect.stringMatching(/^The last push failed for good at \S+Z, after 1 attempt: 550 no such mailbox$/),
      action: `Replay it when the cause is gone: carillon dead replay ${dead!.id}`,
    })
  })

  it('a push that is scheduled, and one whose pusher is not online', async () => {
    const { name, check, push } = await stage()
    await push({ schedat: 4_102_444_800 })
    const scheduled = 'The last push waits until 2100-01-01T00:00:00Z: it is scheduled for later'
    expect(await check('lastPush')).toMatchObject({ state: 'waits', sentence: scheduled })
    await runs(bell(name, () => ({ later: 600, reason: 'nobody is online' })))
    await current().services.api(1).push(name, name, 'dong')
    await waitFor(async () => (await check('lastPush'))?.sentence.endsWith('Z: nobody is online'))
    expect(await check('lastPush')).toMatchObject({ state: 'waits' })
  })

  it('a push that was sent, with what the provider reported since', async () => {
    const { name, check, push } = await stage()
    await runs(bell(name))
    await push()
    await waitFor(async () => (await check('lastPush'))?.sentence.endsWith('The provider has reported nothing since.'))
    const [sent] = await store().history.list(1, { sender: name })
    await store().reports.record([
      {
        app: 1,
        push: sent!.id,
        event: 'bounced',
        id: '1',
        time: null,
        messageId: null,
        reason: 'full',
        suppress: null,
      },
    ])
    expect(await check('lastPush')).toMatchObject({
      state: 'blocks',
      sentence: expect.stringMatching(/The provider reported at \S+Z that it bounced: full$/),
    })
  })
})
