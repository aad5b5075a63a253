import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installWithApt } from '../../test/services/machine.ts'
import type { Dialect } from './subscribers.ts'

/** A server to measure, and how its clients speak. */
export interface Contender {
  name: string
  command: string[]
  dialect: Dialect
}

const NCHAN = '/usr/lib/nginx/modules/ngx_nchan_module.so'
const bench = join(import.meta.dirname, '..')
const node = [process.execPath, '--expose-gc']
const plain: Dialect = { path: '/', hello: [], message: 'xxx' }

export const carillon: Contender = {
  name: 'carillon',
  command: [...node, join(bench, 'fanout/carillon.ts')],
  dialect: {
    path: '/app/key?protocol=7',
    hello: ['{"event":"pusher:subscribe","data":{"channel":"c"}}'],
    ready: '{"event":"pusher_internal:subscription_succeeded"',
    message: '{"event":"e"',
  },
}

export const socketio: Contender = {
  name: 'socket.io',
  command: [...node, join(bench, 'baselines/fanout/socketio.ts')],
  dialect: {
    path: '/socket.io/?EIO=4&transport=websocket',
    hello: ['40'],
    ready: '40{',
    message: '42["e"',
    ping: { text: '2', answer: '3' },
  },
}

/** Installed when it is first asked for, which nothing else needs; undefined where that cannot be. */
export function bunProgram(): string | undefined {
  const program = join(bench, 'node_modules/@oven/bun-linux-x64/bin/bun')
  if (!existsSync(program)) {
    execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund'], { cwd: bench, stdio: 'ignore' })
  }
  return existsSync(program) ? program : undefined
}

export function bun(): Contender | undefined {
  const program = bunProgram()
  return program
    ? { name: 'Bun', command: [program, join(bench, 'baselines/fanout/bun.ts')], dialect: plain }
    : undefined
}

/** Of Debian's package, installed where that needs no question; undefined where it is not there. */
export function nchan(): Contender | undefined {
  if (!existsSync(NCHAN) && !installWithApt(['libnginx-mod-nchan'])) return undefined
  return {
    name: 'nchan',
    command: [...node, join(bench, 'baselines/fanout/nchan.ts')],
    dialect: { ...plain, path: '/sub' },
  }
}

/** ws as it is, and what can be had from it. */
export const bare: Contender[] = ['ws-string', 'ws-framed-once', 'ws-coalesced'].map((name) => ({
  name,
  command: [...node, join(bench, `baselines/fanout/${name}.ts`)],
  dialect: plain,
}))
