import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { expect, it } from 'vitest'
import { pusherOptions } from '../live/options.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

it('@carillon/client/live is for browsers: a bundler finds nothing of Node in it', async () => {
  const warnings: string[] = []
  const bundle = await rolldown({
    input: `${root}packages/client/live/index.ts`,
    platform: 'browser',
    onLog: (_, { message }) => void warnings.push(message),
  })
  const { output } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  const files = output[0].moduleIds.map((id) => id.replace(/^.*node_modules\//, ''))
  expect(files).toContain('pusher-js/dist/web/pusher.js')
  // The build for browsers decrypts with what it is given, and else not at all.
  expect(pusherOptions({ url: 'http://localhost', key: 'k' }).nacl).toHaveProperty('secretbox')
  expect(files.filter((file) => /^zod|contract|^node:/.test(file))).toEqual([])
  expect(output[0].imports).toEqual([])
  expect(warnings).toEqual([])
})

it.each(['sessions/join/index.ts', 'push/push.js'])('%s is for browsers, and depends on nothing', async (entry) => {
  const warnings: string[] = []
  const bundle = await rolldown({
    input: `${root}packages/client/${entry}`,
    platform: 'browser',
    onLog: (_, { message }) => void warnings.push(message),
  })
  const { output } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  const folder = dirname(`${root}packages/client/${entry}`)
  expect(output[0].moduleIds.filter((id) => !id.startsWith(folder))).toEqual([])
  expect(output[0].imports).toEqual([])
  expect(warnings).toEqual([])
})

it('@carillon/client by itself loads neither pusher nor pusher-js', async () => {
  const program = `
    await import('@carillon/client')
    const { createRequire } = await import('node:module')
    console.log(Object.keys(createRequire('${root}x.js').cache).filter((file) => file.includes('/pusher')).length)
    await import('@carillon/client/channels')
    console.log(Object.keys(createRequire('${root}x.js').cache).some((file) => file.includes('/pusher/')))`
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  expect(stdout).toBe('0\ntrue\n')
})
