import { parentPort } from 'node:worker_threads'
import { Call } from './call.ts'
import type { Ask, Tell } from './messages.ts'

/*
 * Runs in a thread of its own. It alone loads werift.
 */

const calls = new Map<number, Call>()

parentPort?.on('message', (ask: Ask) => {
  const call = calls.get(ask.call)
  if (ask.type === 'open') open(ask)
  else if (ask.type === 'offer') void answer(ask)
  else if (ask.type === 'candidate') call?.candidate(ask.candidate)
  else call?.end('')
})

function open({ call, wishes, network }: Extract<Ask, { type: 'open' }>): void {
  const ended = (why: string) => {
    calls.delete(call)
    tell({ call, type: 'ended', why })
  }
  calls.set(call, new Call({ wishes, network, wrote: (piece) => tell({ call, type: 'piece', piece }), ended }))
}

async function answer({ call, request, sdp }: Extract<Ask, { type: 'offer' }>): Promise<void> {
  try {
    const answered = await calls.get(call)?.answer(sdp)
    if (answered !== undefined) tell({ call, type: 'answer', request, sdp: answered })
  } catch (error) {
    tell({ call, type: 'refusal', request, message: error instanceof Error ? error.message : String(error) })
  }
}

function tell(message: Tell): void {
  const bytes = message.type === 'piece' ? message.piece.bytes : undefined
  parentPort?.postMessage(message, bytes ? [bytes.buffer as ArrayBuffer] : [])
}
