import { memoryBackplane } from '@carillon/backplane'
import {
  type GroupView,
  type Moment,
  type Roster,
  ROSTER_CHANGE,
  type RosterChange,
  rosterTopic,
} from '@carillon/contract'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Presence, RESYNC_DELAY_MS } from '../presence.ts'

const GROUP = 'test:1:news'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
})

/** A view of a group whose roster holds what the test says. */
async function opened(members: string[] = [], at: Moment = { era: 'one', step: members.length }) {
  const backplane = memoryBackplane()
  const changes: string[] = []
  const faults: unknown[] = []
  let onGap: (() => void) | undefined
  let shown: GroupView
  const show = (then: Moment, some: string[]) => {
    shown = { at: then, members: new Map(some.map((member) => [member, ''])) }
  }
  show(at, members)
  const view = vi.fn<Roster['view']>(async () => shown)
  const { subscribe } = backplane
  vi.spyOn(backplane, 'subscribe').mockImplementation((topic, listener, gap) => {
    onGap = gap
    return subscribe(topic, listener)
  })
  const presence = new Presence({
    backplane,
    roster: { view } as Partial<Roster> as Roster,
    group: GROUP,
    changed: ({ member, here }) => void changes.push(`${here ? '+' : '-'}${member}`),
    report: (error) => void faults.push(error),
  })
  await presence.open()
  onTestFinished(() => presence.close())
  changes.length = 0
  view.mockClear()
  const hear = async (change: Partial<RosterChange>) => {
    const whole = { era: 'one', step: 1, member: 'ann', here: true, info: '', ...change }
    await backplane.publish(rosterTopic(GROUP), ROSTER_CHANGE.write(whole))
    await vi.advanceTimersByTimeAsync(0)
  }
  const ids = () => [...presence.members.keys()].toSorted()
  return { presence, changes, faults, view, show, hear, members: ids, gap: () => onGap!() }
}

describe('the view of the members of a group', () => {
  it('follows the changes in their order, each once, without a look at the roster', async () => {
    const { changes, hear, members, view } = await opened()
    await hear({ step: 1, member: 'ann' })
    await hear({ step: 2, member: 'bob' })
    await hear({ step: 1, member: 'ann', here: false })
    await hear({ step: 3, member: 'ann', here: false })
    expect(changes).toEqual(['+ann', '+bob', '-ann'])
    expect(members()).toEqual(['bob'])
    expect(view).not.toHaveBeenCalled()
  })

  it('is compared with the roster where a change was missed, and reports what differs', async () => {
    const { changes, hear, members, show } = await opened(['ann', 'bob'])
    show({ era: 'one', step: 4 }, ['bob', 'cid'])
    await hear({ step: 4, member: 'cid' }) // the third, by which ann left, is missing
    expect(changes).toEqual(['-ann', '+cid'])
    expect(members()).toEqual(['bob', 'cid'])
    await hear({ step: 5, member: 'bob', here: false })
    expect(members()).toEqual(['cid'])
  })

  it('is not set back by a look at the roster that is older than it', async () => {
    const { changes, hear, members, show } = await opened(['ann'])
    await hear({ step: 2, member: 'bob' })
    show({ era: 'one', step: 1 }, ['ann'])
    await hear({ step: 4, member: 'cid' })
    expect(changes).toEqual(['+bob'])
    expect(members()).toEqual(['ann', 'bob'])
  })

  it('begins a new era at once where all had left', async () => {
    const { hear, members, view } = await opened()
    await hear({ era: 'two', step: 1, member: 'bob' })
    expect(members()).toEqual(['bob'])
    expect(view).not.toHaveBeenCalled()
  })

  it('is compared with the roster where the beginning of an era was missed', async () => {
    const { changes, hear, members, show } = await opened()
    show({ era: 'two', step: 2 }, ['ann', 'bob'])
    await hear({ era: 'two', step: 2, member: 'bob' })
    expect(changes).toEqual(['+ann', '+bob'])
    expect(members()).toEqual(['ann', 'bob'])
  })

  it('keeps everyone while each process renews what a Redis without memory lost', async () => {
    const { changes, hear, members, show } = await opened(['ann', 'bob', 'cid'])
    await hear({ era: 'two', step: 1, member: 'bob' })
    await vi.advanceTimersByTimeAsync(RESYNC_DELAY_MS - 1)
    expect(changes).toEqual([])
    show({ era: 'two', step: 2 }, ['bob', 'ann'])
    await vi.advanceTimersByTimeAsync(1)
    expect(changes).toEqual(['-cid'])
    expect(members()).toEqual(['ann', 'bob'])
  })

  it('is compared once with the roster after breaks of the subscription', async () => {
    const { changes, gap, show, view } = await opened(['ann'])
    gap()
    gap()
    show({ era: 'one', step: 2 }, [])
    await vi.advanceTimersByTimeAsync(RESYNC_DELAY_MS)
    expect(changes).toEqual(['-ann'])
    expect(view).toHaveBeenCalledOnce()
  })

  it('looks at the roster no more once it is closed', async () => {
    const { gap, presence, view } = await opened(['ann'])
    gap()
    await presence.close()
    await vi.advanceTimersByTimeAsync(RESYNC_DELAY_MS)
    expect(view).not.toHaveBeenCalled()
  })

  it('reports a roster that cannot be read, and reads it after the next gap', async () => {
    const { faults, hear, members, show, view } = await opened(['ann'])
    view.mockRejectedValueOnce(new Error('away'))
    await hear({ step: 3, member: 'bob' })
    expect(faults).toEqual([new Error('away')])
    show({ era: 'one', step: 4 }, ['bob'])
    await hear({ step: 4, member: 'ann', here: false })
    expect(members()).toEqual(['bob'])
  })
})

describe('a member that waits until it is visible', () => {
  it('waits until the change arrives', async () => {
    const { hear, presence } = await opened()
    let seen = 0
    for (const at of [
      { era: 'one', step: 1 },
      { era: 'one', step: 2 },
    ])
      void presence.seen(at).then(() => seen++)
    await vi.advanceTimersByTimeAsync(0)
    expect(seen).toBe(0)
    await hear({ step: 1, member: 'ann' })
    expect(seen).toBe(1)
    await hear({ step: 2, member: 'bob' })
    expect(seen).toBe(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('waits no longer than 5 s for a change that does not arrive: the roster has it then', async () => {
    const { members, presence, show } = await opened()
    let seen = false
    void presence.seen({ era: 'one', step: 1 }).then(() => (seen = true))
    show({ era: 'one', step: 1 }, ['ann'])
    await vi.advanceTimersByTimeAsync(4999)
    expect(seen).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(seen).toBe(true)
    expect(members()).toEqual(['ann'])
  })

  it('does not wait for ever while the roster cannot be read or lags behind', async () => {
    const { presence, show } = await opened()
    show({ era: 'other', step: 1 }, [])
    let seen = false
    void presence.seen({ era: 'one', step: 9 }).then(() => (seen = true))
    await vi.advanceTimersByTimeAsync(5000)
    expect(seen).toBe(true)
  })
})
