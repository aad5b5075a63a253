import type { BroadcastStatus } from '@carillon/client'

const WIDTH = 24

/** Everything about a broadcast that one line holds. */
export function broadcastLine(status: BroadcastStatus): string {
  const { name, state, sent, skipped, dead, pending } = status
  const counts = [`sent ${sent}`, `skipped ${skipped}`, `dead ${dead}`, `pending ${pending ?? 'unknown'}`]
  return [name, state, `of ${totalOf(status)}`, ...counts, ...speed(status)].join('  ')
}

/** `[######..................]  25 %  running  sent 1 …`; without a total there is no share to draw. */
export function progressBar(status: BroadcastStatus): string {
  const share = shareOf(status)
  const full = Math.floor(share * WIDTH)
  const bar = `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`
  const { state, sent, skipped, dead } = status
  const counts = [`sent ${sent}`, `skipped ${skipped}`, `dead ${dead}`, `of ${totalOf(status)}`]
  return [bar, `${String(Math.floor(share * 100)).padStart(3)} %`, state, ...counts, ...speed(status)].join('  ')
}

function shareOf({ total, sent, skipped, dead, state }: BroadcastStatus): number {
  if (state === 'done') return 1
  return total === null || total === 0 ? 0 : Math.min(1, (sent + skipped + dead) / total)
}

function totalOf({ total, totalIsEstimate }: BroadcastStatus): string {
  if (total === null) return 'unknown'
  return totalIsEstimate ? `about ${total}` : String(total)
}

function speed({ rate, eta }: BroadcastStatus): string[] {
  return [...(rate === null ? [] : [`${rate}/s`]), ...(eta === null ? [] : [`${eta} s left`])]
}
