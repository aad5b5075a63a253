import { Worker } from 'bullmq'
import type { Hint } from './queue.ts'

/** What is read as no hint at all. */
const NO_HINT = '{}'

/**
 * BullMQ parses a job's data before anybody can look at it. Where that is no JSON it would throw, and give the job out
 * again for ever.
 */
export class HintWorker extends Worker<Hint> {
  protected override createJob(
    ...[job, id]: Parameters<Worker<Hint>['createJob']>
  ): ReturnType<Worker<Hint>['createJob']> {
    return super.createJob({ ...job, data: isJson(job.data) ? job.data : NO_HINT }, id)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
