import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, Contender } from '../benchmark.ts'
import { bundle } from '../../scripts/bundle.mjs'
import { boot, type Booting } from '../boot.ts'

const READY = 'Carillon listens on'

export const start: Benchmark = {
  name: 'start',
  work: '`npm start` until it is ready, on a data directory that exists, in ms',
  targets: [{ figure: 'ms', atMost: 1.5 }],
  rounds: 9, // they differ more than others'
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-start-'))
    const [whole, alone] = [join(folder, 'npm'), join(folder, 'node')]
    const main = await bundle(join(import.meta.dirname, '../..'))
    const bare = [process.execPath, join(import.meta.dirname, '../baselines/pglite.ts'), join(folder, 'bare')] as const
    return {
      carillon: booting('npm start', carillon(['npm', 'start'], whole)),
      baselines: [
        booting('PGlite opens, select 1', { command: bare, ready: 'PGlite answers', server: (pid) => pid }),
        booting('carillon start, without npm', carillon([process.execPath, main, 'start'], alone)),
      ],
      close: () => rm(folder, { recursive: true }),
    }
  },
}

function carillon(command: Booting['command'], dataDir: string): Booting {
  const servers = { DATABASE_URL: '', REDIS_URL: '' }
  return {
    command,
    env: { ...servers, PORT: '0', SNAPPER_PORT: '0', DATA_DIR: dataDir },
    ready: READY,
    server: () => Number(readFileSync(join(dataDir, 'carillon.pid'), 'utf8')),
  }
}

function booting(name: string, program: Booting): Contender {
  return { name, round: async () => ({ ms: await boot(program) }) }
}
