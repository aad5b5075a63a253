import type { BroadcastStatus, CarillonClient } from '@carillon/client'
import { Command } from 'commander'
import { setTimeout as pause } from 'node:timers/promises'
import { withClient } from '../api-client.ts'
import { API_SETTINGS, type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { isoTime, type ListLayout, printList } from '../list.ts'
import { sendCommand } from './broadcast-send.ts'

/** `carillon broadcast`: begins broadcasts, and says what becomes of them, over HTTP. */
export function broadcastCommand(io: Io): Command {
  return new Command('broadcast')
    .description('send, watch, list, pause, resume and cancel broadcasts')
    .addCommand(sendCommand(io))
    .addCommand(watchCommand(io))
    .addCommand(listCommand(io))
    .addCommand(change(io, 'pause', 'pause a broadcast', (client, name) => client.pauseBroadcast(name)))
    .addCommand(change(io, 'resume', 'resume a paused broadcast', (client, name) => client.resumeBroadcast(name)))
    .addCommand(change(io, 'cancel', 'cancel a broadcast', (client, name) => client.cancelBroadcast(name)))
}

function watchCommand(io: Io): Command {
  const command = settingsCommand(
    'watch',
    'show the progress of a broadcast until it is over; fails if it is cancelled',
  )
    .argument('<name>', 'as send printed it; the newest, if several have this name')
    .option('--every <seconds>', 'how often to look', '1')
  return withSettings(command, API_SETTINGS).action((name: string, flags: Flags) => {
    const seconds = secondsOf(flags['every'])
    return withClient(io, flags, (client) => watch(io, client, name, seconds))
  })
}

function listCommand(io: Io): Command {
  const command = settingsCommand('list', 'list the newest broadcasts').option(
    '--after <id>',
    'continue after this broadcast',
  )
  return withSettings(command, API_SETTINGS).action((flags: Flags) =>
    withClient(io, flags, async (client) => {
      const after = flags['after']
      const broadcasts = await client.getBroadcasts(typeof after === 'string' ? { after } : {})
      printList(io, broadcasts, LAYOUT)
    }),
  )
}

function change(io: Io, word: string, about: string, call: (client: CarillonClient, name: string) => Promise<void>) {
  const command = settingsCommand(word, about).argument('<name>', 'as send printed it')
  return withSettings(command, API_SETTINGS).action((name: string, flags: Flags) =>
    withClient(io, flags, (client) => call(client, name)),
  )
}

/** One line that changes where a person looks; elsewhere a line whenever something changed. */
async function watch(io: Io, client: CarillonClient, name: string, seconds: number): Promise<void> {
  let shown = ''
  let watched = ''
  for (;;) {
    const status = await client.getBroadcast(name)
    if (!status) throw new UserError(`There is no broadcast ${name}.`)
    if (status.id !== watched) io.complain(`${whichOf(status)}\n`)
    watched = status.id
    const over = status.finishedAt !== null
    const line = io.terminal ? `\r\x1b[K${progressBar(status)}${over ? '\n' : ''}` : `${broadcastLine(status)}\n`
    if (line !== shown) io.print(line)
    shown = line
    if (status.state === 'cancelled') throw new UserError(`The broadcast ${name} was cancelled.`)
    if (over) return
    await pause(seconds * 1000)
  }
}

/** A name can be that of several broadcasts. */
function whichOf(status: BroadcastStatus): string {
  return `The newest broadcast with this name: id ${status.id}, ${acceptedOf(status, ', ')}.`
}

function acceptedOf({ createdAt, category }: BroadcastStatus, separator = '  '): string {
  return [`accepted ${isoTime(createdAt)}`, category === null ? 'no category' : `category ${category}`].join(separator)
}

function secondsOf(text: unknown): number {
  const seconds = Number(text)
  if (seconds >= 0.01 && seconds <= 3600) return seconds
  throw new UserError('--every must be seconds, from 0.01 to 3600.')
}

const WIDTH = 24

/** Everything about a broadcast that one line holds. */
export function broadcastLine(status: BroadcastStatus): string {
  const { name, state, sent, skipped, dead, pending } = status
  const counts = [`sent ${sent}`, `skipped ${skipped}`, `dead ${dead}`, `pending ${pending ?? 'unknown'}`]
  return [name, state, `of ${totalOf(status)}`, ...counts, ...deferral(status), ...speed(status)].join('  ')
}

/** `[######..................]  25 %  running  sent 1 …`; without a total there is no share to draw. */
export function progressBar(status: BroadcastStatus): string {
  const share = shareOf(status)
  const full = Math.floor(share * WIDTH)
  const bar = `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`
  const { state, sent, skipped, dead } = status
  const counts = [`sent ${sent}`, `skipped ${skipped}`, `dead ${dead}`, `of ${totalOf(status)}`]
  return [
    bar,
    `${String(Math.floor(share * 100)).padStart(3)} %`,
    state,
    ...counts,
    ...deferral(status),
    ...speed(status),
  ].join('  ')
}

/** Most broadcasts defer nobody. */
function deferral({ deferred }: BroadcastStatus): string[] {
  return deferred > 0 ? [`deferred ${deferred}`] : []
}

function shareOf({ total, sent, skipped, dead, state }: BroadcastStatus): number {
  if (state === 'done') return 1
  return total === null || total === 0 ? 0 : Math.min(1, (sent + skipped + dead) / total)
}

function totalOf({ total, totalIsEstimate }: BroadcastStatus): string {
  if (total === null) return 'unknown'
  return totalIsEstimate ? `about ${total}` : String(total)
}

/** Nothing while it only waits for the end of quiet hours. */
function speed({ rate, eta, pending, deferred }: BroadcastStatus): string[] {
  if (deferred > 0 && deferred === pending) return []
  return [...(rate === null ? [] : [`${rate}/s`]), ...(eta === null ? [] : [`${eta} s left`])]
}

const LAYOUT: ListLayout<BroadcastStatus> = {
  columns: [
    'ID',
    'ACCEPTED',
    'NAME',
    'CATEGORY',
    'STATE',
    'TOTAL',
    'SENT',
    'SKIPPED',
    'DEAD',
    'PENDING',
    'DEFERRED',
    'RATE',
    'LEFT',
  ],
  fieldsOf: (status) => [
    status.id,
    isoTime(status.createdAt),
    status.name,
    status.category ?? '-',
    status.state,
    totalOf(status),
    ...[status.sent, status.skipped, status.dead].map(String),
    String(status.pending ?? 'unknown'),
    String(status.deferred),
    status.rate === null ? '' : `${status.rate}/s`,
    status.eta === null ? '' : `${status.eta} s`,
  ],
  lineOf: (status) => [status.id, broadcastLine(status), acceptedOf(status)].join('  '),
  none: 'There are no broadcasts.',
}
