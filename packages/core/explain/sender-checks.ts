import { type Check, nearestName, type SenderState } from '@carillon/contract'
import { moment } from '../times.ts'
import { listed } from './words.ts'

/** Whether a sender works that is configured. */
export function senderChecks(state: SenderState): Check[] {
  return [pausedCheck(state), workerCheck(state), rateCheck(state), breakerCheck(state)]
}

/** No worker runs it, or would run it if it were configured. */
export function isUnknownToWorkers({ workers, missing }: SenderState): boolean {
  return workers === 0 && missing === null
}

/** @param known names of those that there are */
export function unknownCheck(name: string, known: readonly string[]): Check {
  const meant = nearestName(name, known) ?? senderOfMedium(name, known)
  const sentence = `No sender is called ${name}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`
  const names = [...new Set(known)].toSorted()
  const there = names.length > 0 ? ` (there are ${listed(names, 'and')})` : ''
  const action = `Check its spelling${there}, or name its file in SENDERS.`
  return { check: 'configured', state: 'blocks', sentence, ...(meant === undefined && { action }) }
}

/** People also know a sender by what it sends, such as `email`, for which there is `sendmail`. */
function senderOfMedium(name: string, known: readonly string[]): string | undefined {
  const media = new Map(known.map((sender) => [sender.replace(/^send/, ''), sender]))
  const medium = nearestName(name, [...media.keys()])
  return medium && media.get(medium)
}

/** Of a sender that this process or a worker knows. */
export function configuredCheck({ name, workers, missing, outbox }: SenderState): Check {
  const check = 'configured'
  if (workers > 0 && outbox !== null) {
    const sentence = `${name} writes messages to files in the outbox, because no provider is set.`
    return { check, state: 'ok', sentence, action: `${outbox.charAt(0).toUpperCase()}${outbox.slice(1)}.` }
  }
  if (workers > 0) return { check, state: 'ok', sentence: `${name} is configured.` }
  if (missing !== null) {
    const action = 'Start the worker again with these settings.'
    return { check, state: 'blocks', sentence: `${name} is not configured: ${missing}`, action }
  }
  return { check, state: 'ok', sentence: `${name} is a sender that this server knows.` }
}

function pausedCheck({ name, paused }: SenderState): Check {
  const check = 'paused'
  if (!paused) return { check, state: 'ok', sentence: `${name} is not paused.` }
  const action = `Resume it: POST /v1/senders/${name}/resume.`
  return { check, state: 'blocks', sentence: `${name} is paused, so its pushes wait.`, action }
}

function workerCheck({ name, workers }: SenderState): Check {
  const check = 'worker'
  if (workers === 0) {
    const action = `Start a worker that runs ${name}: carillon worker`
    return { check, state: 'blocks', sentence: `No worker runs ${name}.`, action }
  }
  return { check, state: 'ok', sentence: `${workers} ${workers === 1 ? 'worker runs' : 'workers run'} ${name}.` }
}

function rateCheck({ name, rate }: SenderState): Check {
  const check = 'rate'
  if (!rate) return { check, state: 'ok', sentence: `${name} has no rate.` }
  const { count, seconds, usedUpUntil } = rate
  const rule = `The rate of ${name}, ${count} in ${seconds} s,`
  if (usedUpUntil === null || usedUpUntil * 1000 < Date.now())
    return { check, state: 'ok', sentence: `${rule} is not used up.` }
  return { check, state: 'waits', sentence: `${rule} is used up until ${moment(usedUpUntil)}.` }
}

function breakerCheck({ name, workers, breakers }: SenderState): Check {
  const check = 'breaker'
  if (breakers.length === 0) return { check, state: 'ok', sentence: `${name} uses all of its providers.` }
  const sentences = breakers.map(
    ({ transport, outage, openSince, nextProbe, workers: closed }) =>
      `${transport} has failed since ${moment(openSince)} (${outage}), so ${shareOf(closed, workers)} not use it until ${moment(nextProbe)}`,
  )
  const transports = breakers.map(({ transport }) => transport)
  const action = `Check the settings and the state of ${listed(transports, 'and')}.`
  return { check, state: 'waits', sentence: `${sentences.join('; ')}.`, action }
}

function shareOf(some: number, all: number): string {
  if (all === 1) return 'the worker does'
  return some >= all ? `all ${all} workers do` : `${some} of ${all} workers ${some === 1 ? 'does' : 'do'}`
}
