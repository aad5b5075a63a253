import type { ArchiveFiles, MediaPiece } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { FileWriter } from '../archives/stream-recording.ts'

function writer(files: Partial<ArchiveFiles>) {
  const over: string[] = []
  const written: unknown[] = []
  const working: ArchiveFiles = {
    begin: async () => 'file',
    write: async (_, pieces) => written.push(...pieces.map((one) => [one.place, one.piece.bytes.length])) > 0,
    end: async (id, reason) => void written.push([id, reason]),
    list: async () => [],
    content: async function* () {},
  }
  const file = new FileWriter({
    files: { ...working, ...files },
    archive: 'archive',
    streamId: 'stream',
    stream: { connectionData: '', videoType: 'camera', name: '' },
    failed() {},
    over: (why) => over.push(why),
  })
  return { file, over, written }
}

function piece(length: number, isHeader = false): MediaPiece {
  const bytes = { length } as Uint8Array
  return { bytes, isHeader, hasAudio: true, hasVideo: false, startedAt: 0, duration: 0 }
}

const MB = 1024 ** 2

describe('a file of an archive', () => {
  it('has its header in the first place, whenever that comes', async () => {
    const { file, over, written } = writer({})
    for (const one of [piece(3, true), piece(5), piece(7), piece(3, true)]) file.take(one)
    await file.end('done')
    const pieces = [0, 3, 1, 5, 2, 7, 0, 3]
    expect([written.flat(), file.size, over]).toEqual([[...pieces, 'file', 'done'], 15, []])
  })

  it('is not opened where nothing came', async () => {
    const { file, written } = writer({})
    await file.end('done')
    expect(written).toEqual([])
  })

  it('ends where it is too long', () => {
    const { file, over } = writer({})
    file.take(piece(4097 * MB))
    expect([file.size, over]).toEqual([0, [expect.stringMatching(/largest size of a file/)]])
  })

  it('ends where the database takes nothing, before it takes all memory', () => {
    const { file, over } = writer({ begin: () => new Promise(() => {}) })
    for (let n = 0; n < 40; n++) file.take(piece(MB))
    expect([file.size, over]).toEqual([32 * MB, [expect.stringMatching(/did not accept/)]])
  })

  it.each([
    ['begin', { begin: async () => null }],
    ['go on', { write: async () => false }],
  ])('ends where its archive was closed before it could %s', async (_, files) => {
    const { file, over } = writer(files)
    file.take(piece(1, true))
    await waitFor(() => over.length > 0)
    expect(over).toEqual(['The archive was closed.'])
  })

  it('is tried again where the database could not take it', async () => {
    let failures = 1
    const { file, over, written } = writer({
      begin: async () => (failures-- > 0 ? Promise.reject(new Error('gone')) : 'file'),
    })
    file.take(piece(1, true))
    await waitFor(() => written.length > 0)
    expect([over, written]).toEqual([[], [[0, 1]]])
  })
})
