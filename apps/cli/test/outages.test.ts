import { silentLogger, waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { watchOutages } from '../outages.ts'

/** A server that answers while `isUp`. */
function watched() {
  const lines: unknown[][] = []
  const server = { isUp: true, pings: 0 }
  const outages = watchOutages({
    server: 'Redis',
    async ping() {
      server.pings++
      if (!server.isUp) throw new Error('away')
    },
    log: { ...silentLogger, info: (...line) => lines.push(line) },
    retryMs: 1,
  })
  onTestFinished(outages.close)
  const pinged = (times: number) => waitFor(() => server.pings >= times)
  return { lines, server, outages, pinged }
}

const line = [{ seconds: expect.any(Number) as number }, 'Redis can be used again']

it('logs once that the server can be used again, however many errors were reported', async () => {
  const { lines, server, outages, pinged } = watched()
  server.isUp = false
  for (let error = 0; error < 10; error++) outages.suspect()
  await pinged(3)
  outages.suspect()
  expect(lines).toEqual([])
  server.isUp = true
  await waitFor(() => lines.length > 0)
  const { pings } = server
  outages.suspect() // an error that was still on its way
  await pinged(pings + 1)
  await new Promise(setImmediate)
  expect(lines).toEqual([line])
})

it('logs the next outage too', async () => {
  const { lines, server, outages } = watched()
  for (const outage of [1, 2]) {
    server.isUp = false
    outages.suspect()
    await new Promise(setImmediate)
    server.isUp = true
    await waitFor(() => lines.length === outage)
  }
  expect(lines).toEqual([line, line])
})

it('logs nothing after an error of a server that can be used', async () => {
  const { lines, outages, pinged } = watched()
  outages.suspect()
  await pinged(1)
  await new Promise(setImmediate)
  expect(lines).toEqual([])
})

it('knows of an outage that a failed ping has shown, though the server can be used again by then', async () => {
  const { lines, outages } = watched()
  outages.failed()
  await waitFor(() => lines.length === 1)
  outages.suspect()
  await new Promise(setImmediate)
  expect(lines).toEqual([line])
})

it('logs and pings nothing after it is closed', async () => {
  const { lines, server, outages, pinged } = watched()
  server.isUp = false
  outages.suspect()
  await pinged(2)
  outages.close()
  server.isUp = true
  await new Promise(setImmediate)
  const { pings } = server
  outages.suspect()
  await new Promise(setImmediate)
  expect([server.pings, lines]).toEqual([pings, []])
})
