import { join } from 'node:path'
import type { Benchmark, Contender } from '../benchmark.ts'
import { Program } from '../program.ts'

const PUSHES = 10_000
const LANES = 64

export const embedded: Benchmark = {
  name: 'embedded',
  work: 'pushes accepted and delivered at once in one process, on the embedded database',
  targets: [{ figure: 'pushes/s', atLeast: 4 }],
  async open() {
    const own = await Program.start(join(import.meta.dirname, '../programs/embedded.ts'), {})
    const bare = await Program.start(join(import.meta.dirname, '../baselines/bullmq-embedded.ts'), {})
    return {
      carillon: flowing('carillon', own, PUSHES),
      baselines: [flowing('BullMQ on its Postgres backend', bare, PUSHES / 10)], // it is slow
      async close() {
        await own.stop()
        await bare.stop()
      },
    }
  },
}

function flowing(name: string, program: Program, pushes: number): Contender {
  return {
    name,
    async round() {
      const begun = performance.now()
      await program.ask('flow', { pushes, lanes: LANES })
      return { 'pushes/s': (pushes * 1000) / (performance.now() - begun) }
    },
  }
}
