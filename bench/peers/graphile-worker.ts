import type * as GraphileWorker from 'graphile-worker'
import pg from 'pg'
import { LateRecords } from './late-records.ts'
import type { PeerOptions, PeerQueue } from './queue.ts'

const TASK = 'bench'
/** Of the configuration with which its documentation measures what it can do. */
const settings = {
  concurrentJobs: 24,
  maxPoolSize: 25,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
}

/** graphile-worker, which deletes the row of a job that was handled. docs/benchmarks.md says why these settings. */
export async function openGraphileWorker({ databaseUrl }: PeerOptions): Promise<PeerQueue> {
  const { run, makeWorkerUtils, Logger } = await withoutLogOfSuccess()
  const logger = new Logger(() => () => {})
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger })
  await utils.migrate()
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  return {
    async add(message) {
      await utils.addJob(TASK, message)
    },
    async addMany(messages) {
      await utils.addJobs(messages.map((payload) => ({ identifier: TASK, payload })))
    },
    async work({ handled, recorded }) {
      let last: string
      const allRecorded = async () => !(await isStored(pool, last))
      const records = new LateRecords(allRecorded, recorded)
      const runner = await run({
        preset: { worker: { ...settings, connectionString: databaseUrl, logger } },
        noHandleSignals: true,
        taskList: {
          [TASK]: (message, { job }) => {
            last = job.id
            handled((message as { name: string }).name)
            records.handled()
          },
        },
      })
      return async () => {
        records.close()
        await runner.stop()
      }
    },
    async close() {
      await utils.release()
      await pool.end()
    },
  }
}

/** As its own measurements do; it reads the variable when it is loaded. */
async function withoutLogOfSuccess(): Promise<typeof GraphileWorker> {
  process.env.NO_LOG_SUCCESS = '1'
  return import('graphile-worker')
}

async function isStored(pool: pg.Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query('select 1 from graphile_worker.jobs where id = $1', [id])
  return rowCount === 1
}
