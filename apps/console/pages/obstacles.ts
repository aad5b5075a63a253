import type { BroadcastStatus, DeadGroups, SenderStatus } from '@carillon/contract'
import { countOf, number } from '../view/number.ts'
import { duration } from '../view/time.ts'

/** Something that stands in the way, as a sentence, and where to do something about it. */
export interface Obstacle {
  /** The sender or broadcast that the sentence begins with, if it begins with one. */
  subject?: string
  /** Goes on behind the subject. */
  sentence: string
  at: 'senders' | 'dead' | 'broadcasts'
}

/** What is known of the moment. */
export interface Situation {
  senders: readonly SenderStatus[]
  broadcasts: readonly BroadcastStatus[]
  /** Of the last day. */
  dead: DeadGroups
}

/** Seconds that a push that is due may wait, before its sender counts as late. */
const LATE_S = 60

/** What stands in the way of pushes, the worst first. */
export function obstaclesIn({ senders, broadcasts, dead }: Situation): Obstacle[] {
  return [
    ...senders.flatMap(obstaclesOf),
    ...broadcasts.filter(({ state }) => state === 'paused' || state === 'pausing').map(pausedBroadcast),
    ...(dead.counted > 0 ? [deadOfDay(dead)] : []),
  ]
}

function obstaclesOf(sender: SenderStatus): Obstacle[] {
  const sentences = [sentenceOn(sender), ...sender.breakers.map(brokenTransport)]
  return sentences.flatMap((sentence) =>
    sentence === undefined ? [] : [{ subject: sender.name, sentence, at: 'senders' as const }],
  )
}

function sentenceOn(sender: SenderStatus): string | undefined {
  const { paused, workers, missing, waiting, delayed, oldestDueAge, isPart } = sender
  const since = oldestDueAge === null ? '' : `, the oldest for ${duration(oldestDueAge)}`
  const later = delayed > 0 ? `: ${countOf(delayed, 'push is', 'pushes are')} due later.` : '.'
  const many = `${isPart ? 'more than ' : ''}${countOf(waiting, 'push waits', 'pushes wait')}`
  const held = waiting > 0 ? `: ${many}${since}.` : later
  if (paused) return `is paused${held}`
  if (workers === 0 && waiting + delayed > 0)
    return missing === null
      ? `has no worker that runs it${held}`
      : `is not configured${held} What is missing: ${ended(missing)}`
  if (waiting === 0 || oldestDueAge === null || oldestDueAge < LATE_S) return undefined
  return `is late${held} ${sender.rate?.usedUpUntil ? 'Its rate is used up.' : 'Its workers are busy.'}`
}

/** What a sender's page says of a transport that is not used for now. */
export function brokenTransport({ transport, outage }: SenderStatus['breakers'][number]): string {
  return `does not use ${transport} for now, because it failed several times: ${outage}.`
}

function pausedBroadcast({ sender, tag, pending }: BroadcastStatus): Obstacle {
  const rest = pending === null ? '' : `: ${countOf(pending, 'recipient waits', 'recipients wait')}`
  const subject = `The broadcast to ${tag === '' ? 'everybody' : tag} by ${sender}`
  return { subject, sentence: `is paused${rest}.`, at: 'broadcasts' }
}

function deadOfDay({ groups, counted, isAll }: DeadGroups): Obstacle {
  const many = isAll ? countOf(counted, 'push', 'pushes') : `More than ${number(counted)} pushes`
  const reasons = reasonsIn(groups)
  const [[reason, count]] = reasons as [[string, number]]
  const why =
    count * 2 > counted ? `, ${shareOf(count, counted)}because: ${ended(reason)}` : `. ${mostFrequent(reasons)}`
  return { sentence: `${many} failed for good in the last day${why}`, at: 'dead' }
}

/** Reasons with their numbers of pushes, whichever sender they had. The most frequent first. */
function reasonsIn(groups: DeadGroups['groups']): [reason: string, count: number][] {
  const counts = new Map<string, number>()
  for (const { reason, count } of groups) counts.set(reason, (counts.get(reason) ?? 0) + count)
  return [...counts].toSorted(([, one], [, other]) => other - one)
}

const REASONS_NAMED = 3

function mostFrequent(reasons: [reason: string, count: number][]): string {
  const named = reasons.slice(0, REASONS_NAMED).map(([reason, count]) => `“${reason}” (${number(count)})`)
  return `The most frequent reasons are ${new Intl.ListFormat('en-GB').format(named)}.`
}

/** As a sentence ends. */
function ended(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

function shareOf(part: number, whole: number): string {
  if (whole === 1) return ''
  if (part === whole) return 'all of them '
  return `${number(part)} of them `
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten']

/** The first thing that a page says. */
export function verdictOn({ senders }: Situation, obstacles: readonly Obstacle[]): string {
  const count = obstacles.length
  if (count > 0) return `${NUMBERS[count] ?? count} ${count === 1 ? 'thing stands' : 'things stand'} in the way`
  if (senders.some(({ waiting, active }) => waiting + active > 0)) return 'Pushes are on their way'
  return 'Nothing stands in the way'
}
