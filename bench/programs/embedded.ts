import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createWorker } from 'carillon'
import { answering } from '../answering.ts'
import { inLanes } from '../lanes.ts'
import { PUSHERS } from '../push-requests.ts'
import { Tally } from '../tally.ts'

/* API and worker in one process, on the embedded database. */

const tally = new Tally()
const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
const services = await connect({ dataDir, observer: tally.observer })
const worker = await createWorker(services, { senders: [{ name: 'bench', send: async () => {} }] })
await services.store.apps.ensureFirst({ id: 1 })
for (let n = 1; n <= PUSHERS; n++) await services.pushers.set(1, `p${n}`, { addSenders: ['bench'] }, true)
const api = services.api(1)

answering(
  {
    async flow({ pushes, lanes }: { pushes: number; lanes: number }) {
      const batch = randomUUID()
      const recorded = tally.commands.recorded(pushes)
      await inLanes(pushes, lanes, (n) => api.push('bench', `p${(n % PUSHERS) + 1}`, `${batch} ${n}`))
      await recorded
    },
  },
  async () => {
    await worker.stop()
    await services.close()
    await rm(dataDir, { recursive: true })
  },
)
