/** JSON-RPC 2.0, with the deviations that Snapper's clients know. */
export type Id = string | number | null

export interface Request {
  kind: 'request'
  id: Id
  method: string
  params: unknown
}

interface Notification {
  kind: 'notification'
  method: string
  params: unknown
}

interface Response {
  kind: 'response'
  id: Id
  /** False: it holds an error. */
  ok: boolean
}

interface Invalid {
  kind: 'invalid'
  error: RpcError
}

export type Message = Request | Notification | Response | Invalid

export interface RpcError {
  message: string
  code: number
  data?: string
}

export const rpcErrors = {
  invalidRequest: { message: 'Invalid request', code: -32600 },
  methodNotFound: { message: 'Method not found', code: -32601 },
  invalidParams: { message: 'Invalid params', code: -32602 },
  internal: { message: 'Internal error', code: -32603 },
  parse: { message: 'Parse error', code: -32700 },
} satisfies Record<string, RpcError>

/** Never throws. */
export function readMessage(text: string): Message {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'invalid', error: rpcErrors.parse }
  }
  return messageOf(value) ?? { kind: 'invalid', error: rpcErrors.invalidRequest }
}

function messageOf(value: unknown): Message | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { jsonrpc, id, method, params, result, error } = value as Record<string, unknown>
  if (jsonrpc !== '2.0' || (id !== undefined && !isId(id))) return undefined
  if (typeof method === 'string')
    return id === undefined ? { kind: 'notification', method, params } : { kind: 'request', id, method, params }
  if (method !== undefined || id === undefined || (result === undefined) === (error === undefined)) return undefined
  return { kind: 'response', id, ok: error === undefined }
}

function isId(id: unknown): id is Id {
  return typeof id === 'string' || typeof id === 'number' || id === null
}

export function success(id: Id, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}

export function failure(id: Id, error: RpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error })
}
