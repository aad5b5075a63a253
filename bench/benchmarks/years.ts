import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, Contender, Target } from '../benchmark.ts'
import { Program } from '../program.ts'
import type { Life } from '../programs/years.ts'
import { PUSHERS } from '../push-requests.ts'
import { startServers } from '../servers.ts'
import { report, sizeRatio } from '../years/report.ts'
import type { Lifetime } from '../years/live.ts'

const DAYS = 60
/** Fewer show sooner whether it works. */
const PUSHES_A_DAY = Number(process.env.PUSHES_A_DAY ?? 200_000)
/** How much fewer there are on the embedded database, which one process alone uses. */
const EMBEDDED_SHARE = 10
const PUSHES = 3000
const FULL_PAGE = 10

/** What a user waits for. */
const FIGURES = ['page ms', 'sent ms', 'dead ms', 'pusher ms', 'no pushes ms', 'search ms', 'sweep ms']
const targets: readonly Target[] = [
  ...[...FIGURES, 'accept µs', 'deliver µs'].map((figure) => ({ figure, atMost: 1.15 })),
  { figure: 'size ÷ day 31', atMost: 1.05 },
]

interface Home {
  place: Life['place']
  leave(): Promise<unknown>
}

const onServers = async (): Promise<Home> => {
  const { databaseUrl, redisUrl, queuePrefix, stop } = await startServers()
  return { place: { databaseUrl, redisUrl, queuePrefix }, leave: stop }
}

const onFolder = async (): Promise<Home> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-years-'))
  return { place: { dataDir }, leave: () => rm(dataDir, { recursive: true }) }
}

export const years: readonly Benchmark[] = [
  benchmark('years-postgres', PUSHES_A_DAY, onServers),
  benchmark('years-embedded', PUSHES_A_DAY / EMBEDDED_SHARE, onFolder),
]

function benchmark(name: string, pushes: number, home: () => Promise<Home>): Benchmark {
  return {
    name,
    group: 'years',
    onlyByName: true,
    work: `after ${DAYS} days of ${pushes.toLocaleString('en')} pushes, of which 30 days are kept`,
    targets,
    async open() {
      const homes = [await home(), await home()] as const
      const people = Math.max(PUSHERS, pushes / 2)
      const few = Math.ceil(people / 500)
      const young = { days: 1, traffic: { pushes: FULL_PAGE * few, pushers: few } }
      const old = { days: DAYS, traffic: { pushes, pushers: people } }
      const programs = [
        await start({ place: homes[0].place, people, ...old }),
        await start({ place: homes[1].place, people, ...young }),
      ] as const
      const lifetime = await programs[0].ask<Lifetime>('live')
      await programs[1].ask('live')
      report(name, lifetime)
      return {
        carillon: living('day 60', programs[0], sizeRatio(lifetime)),
        baselines: [living('new database', programs[1], 1)],
        async close() {
          for (const program of programs) await program.stop()
          for (const { leave } of homes) await leave()
        },
      }
    },
  }
}

function start(life: Life): Promise<Program> {
  return Program.start(join(import.meta.dirname, '../programs/years.ts'), life)
}

function living(name: string, program: Program, ratio: number): Contender {
  return {
    name,
    round: async () => ({
      ...(await program.ask<Record<string, number>>('round', { pushes: PUSHES })),
      'size ÷ day 31': ratio,
    }),
  }
}
