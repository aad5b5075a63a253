import { describe, expect, it, test } from 'vitest'
import { announced } from '../call.ts'
import { type MediaFrame, isKeyframe, MediaClock, pictureSize, unwrapped, VideoFrames } from '../frames.ts'
import { InOrder } from '../webm/in-order.ts'

type Packet = Parameters<VideoFrames['receive']>[0]

const KEY = [0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00]
const DELTA = [0x11, 0x02]

describe('the clock of a stream', () => {
  const second = 90_000
  it.each([
    ['begins with what came first', [[7, 100]], [100]],
    [
      'goes as its sender says, not as packets come',
      [
        [0, 100],
        [second, 1400],
      ],
      [100, 1100],
    ],
    [
      'goes back for what comes too late',
      [
        [second, 100],
        [0, 140],
      ],
      [100, -900],
    ],
    [
      'turns over',
      [
        [2 ** 32 - second, 0],
        [0, 1000],
        [second, 2000],
      ],
      [0, 1000, 2000],
    ],
    [
      'begins anew where its sender jumps far ahead',
      [
        [0, 0],
        [second * 3600, 20],
      ],
      [0, 20],
    ],
    [
      'begins anew where its sender stood still',
      [
        [0, 0],
        [90, 60_000],
        [second, 61_000],
      ],
      [0, 60_000, 60_999],
    ],
  ])('%s', (_, packets, times) => {
    const clock = new MediaClock(second)
    expect(packets.map(([timestamp, now]) => clock.timeOf(timestamp!, now!))).toEqual(times)
  })
})

describe('VP8', () => {
  it.each([
    ['no more than a byte', [0x10, 1, 2], true, [1, 2]],
    ['no first part of a frame', [0x00, 1], false, [1]],
    ['another partition', [0x11, 1], false, [1]],
    ['a short number of the picture', [0x90, 0x80, 0x05, 1], true, [1]],
    ['a long number of the picture', [0x90, 0x80, 0x85, 0x05, 1], true, [1]],
    ['all there is', [0x90, 0xf0, 0x85, 0x05, 0x01, 0x20, 1], true, [1]],
    ['a layer alone', [0x90, 0x20, 0x20, 1], true, [1]],
    ['a part that is cut off', [0x90, 0x80], true, []],
  ])('is unwrapped of %s', (_, payload, isFirst, data) => {
    const { isFirst: first, data: rest } = unwrapped(Buffer.from(payload))
    expect([first, [...rest]]).toEqual([isFirst, data])
  })

  test('says which frame needs no other, and how large its picture is', () => {
    const frames = [Buffer.from(KEY), Buffer.from(DELTA), Buffer.alloc(0)]
    expect(frames.map(isKeyframe)).toEqual([true, false, false])
    expect(pictureSize(Buffer.from(KEY))).toEqual({ width: 320, height: 240 })
    for (const bad of [DELTA, KEY.slice(0, 9), KEY.with(3, 0), KEY.with(6, 0).with(7, 0)])
      expect(pictureSize(Buffer.from(bad))).toBeUndefined()
  })
})

describe('pictures', () => {
  function receive() {
    const frames: MediaFrame[] = []
    let asked = 0
    const video = new VideoFrames(
      (frame) => frames.push(frame),
      () => asked++,
    )
    /** A packet of the nth frame. */
    const packet = (sequenceNumber: number, n: number, payload: number[], marker = true) => {
      const header = { sequenceNumber, timestamp: n * 9000, marker }
      video.receive({ header, payload: Buffer.from(payload) } as Packet, n * 100)
    }
    return { packet, frames: () => frames.map(({ data, time }) => [time, ...data]), asked: () => asked }
  }

  it('are joined of their packets, in the order in which they were sent', () => {
    const { packet, frames, asked } = receive()
    packet(65_534, 1, [0x10, ...KEY], false)
    packet(0, 1, [0x00, 6])
    packet(65_535, 1, [0x00, 5], false)
    packet(0, 1, [0x00, 6])
    packet(1, 2, [])
    packet(2, 2, [0x10, ...DELTA])
    expect(frames()).toEqual([
      [100, ...KEY, 5, 6],
      [200, ...DELTA],
    ])
    expect(asked()).toBe(0)
  })

  it('begin with one that needs no other', () => {
    const { packet, frames } = receive()
    packet(1, 1, [0x00, 9])
    packet(2, 2, [0x10, ...DELTA])
    packet(3, 3, [0x10, ...KEY])
    expect(frames()).toEqual([[300, ...KEY]])
  })

  it('after one that was lost begin again, and are asked to, once', () => {
    const { packet, frames, asked } = receive()
    packet(1, 1, [0x10, ...KEY])
    packet(3, 3, [0x00, 9])
    for (let n = 4; n < 10; n++) packet(n, n, [0x10, ...DELTA])
    expect(asked()).toBe(1)
    packet(10, 10, [0x10, ...KEY])
    expect(frames()).toEqual([
      [100, ...KEY],
      [1000, ...KEY],
    ])
  })

  it('take no more memory than a picture may have', () => {
    const { packet, frames } = receive()
    const part = Array.from({ length: 1024 ** 2 }, () => 0)
    packet(1, 1, [0x10, ...KEY], false)
    for (let n = 2; n < 9; n++) packet(n, 1, part, n === 8)
    packet(9, 2, [0x10, ...KEY])
    expect(frames()).toEqual([[200, ...KEY]])
  })
})

describe('sound and picture', () => {
  function order() {
    const times: number[] = []
    const ordered = new InOrder(({ time }) => times.push(time))
    const frame = { kind: 'audio', data: Buffer.alloc(1), isKeyframe: true } as const
    return { times, ordered, add: (time: number) => ordered.add({ ...frame, time }) }
  }

  it('are put in the order of their times; what comes too late for that is left out', () => {
    const { times, add, ordered } = order()
    for (const time of [0, 40, 60, 20, 700, 660, 1400, 10, 680]) add(time)
    expect(times).toEqual([0, 20, 40, 60, 660, 700])
    ordered.end()
    expect(times).toEqual([0, 20, 40, 60, 660, 700, 1400])
  })

  it('do not wait without an end', () => {
    const { times, add } = order()
    for (let n = 0; n < 1500; n++) add(n / 1000)
    expect(times).toHaveLength(500)
  })
})

test('an answer tells the public address beside what this machine knows', () => {
  const own = 'a=candidate:1 1 udp 99 172.17.0.2 40001 typ host generation 0'
  const sdp = ['v=0', own, 'a=candidate:2 1 udp 98 fe80::1 40002 typ host', 'a=mid:0', ''].join('\r\n')
  const also = own.replace('172.17.0.2', '203.0.113.7')
  expect(announced(sdp, '203.0.113.7')).toBe(sdp.replace(own, `${own}\r\n${also}`))
  expect(announced(sdp, undefined)).toBe(sdp)
})
