import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { bindProducerPort } from '../run/open-role.ts'

const host = '127.0.0.1'

async function take(snapperPort = 0) {
  const bound = await bindProducerPort({ host, snapperPort })
  onTestFinished(() => bound.close())
  return bound
}

it('a port in use is reported by its setting', async () => {
  const { port } = await take()
  await expect(take(port)).rejects.toThrow(
    `Port ${port} of 127.0.0.1 is in use: stop the program that listens there, or set SNAPPER_PORT`,
  )
})

it('connections that arrive before producers can be accepted are refused', async () => {
  const { port, open } = await take()
  await once(connect(port, host).resume(), 'close')
  open((socket) => void socket.end('welcome'))
  const [greeting] = (await once(connect(port, host).setEncoding('utf8'), 'data')) as [string]
  expect(greeting).toBe('welcome')
})
