import { parentPort } from 'node:worker_threads'
import { Call } from './call.ts'
import type { RecorderCommand, RecorderEvent } from './messages.ts'

/*
 * Runs in a thread of its own. It alone loads werift.
 */

const calls = new Map<number, Call>()

parentPort?.on('message', (command: RecorderCommand) => {
  const call = calls.get(command.call)
  if (command.type === 'open') open(command)
  else if (command.type === 'offer') void answer(command)
  else if (command.type === 'candidate') call?.candidate(command.candidate)
  else call?.end('')
})

function open({ call, wishes, network }: Extract<RecorderCommand, { type: 'open' }>): void {
  const ended = (why: string) => {
    calls.delete(call)
    post({ call, type: 'ended', why })
  }
  calls.set(call, new Call({ wishes, network, wrote: (piece) => post({ call, type: 'piece', piece }), ended }))
}

async function answer({ call, request, sdp }: Extract<RecorderCommand, { type: 'offer' }>): Promise<void> {
  try {
    const answered = await calls.get(call)?.answer(sdp)
    if (answered !== undefined) post({ call, type: 'answer', request, sdp: answered })
  } catch (error) {
    post({ call, type: 'refusal', request, message: error instanceof Error ? error.message : String(error) })
  }
}

function post(message: RecorderEvent): void {
  const bytes = message.type === 'piece' ? message.piece.bytes : undefined
  parentPort?.postMessage(message, bytes ? [bytes.buffer as ArrayBuffer] : [])
}
