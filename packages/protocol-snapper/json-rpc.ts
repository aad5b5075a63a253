/** JSON-RPC 2.0, with the deviations that Snapper's clients know. */
export type RpcId = string | number | null

export interface RpcRequest {
  kind: 'request'
  id: RpcId
  method: string
  params: unknown
}

interface RpcNotification {
  kind: 'notification'
  method: string
  params: unknown
}

interface RpcResponse {
  kind: 'response'
  id: RpcId
  /** False: it holds an error. */
  ok: boolean
}

interface InvalidRpc {
  kind: 'invalid'
  error: RpcError
}

export type RpcMessage = RpcRequest | RpcNotification | RpcResponse | InvalidRpc

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
export function readMessage(text: string): RpcMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'invalid', error: rpcErrors.parse }
  }
  return messageOf(value) ?? { kind: 'invalid', error: rpcErrors.invalidRequest }
}

function messageOf(value: unknown): RpcMessage | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { jsonrpc, id, method, params, result, error } = value as Record<string, unknown>
  if (jsonrpc !== '2.0' || (id !== undefined && !isId(id))) return undefined
  if (typeof method === 'string')
    return id === undefined ? { kind: 'notification', method, params } : { kind: 'request', id, method, params }
  if (method !== undefined || id === undefined || (result === undefined) === (error === undefined)) return undefined
  return { kind: 'response', id, ok: error === undefined }
}

function isId(id: unknown): id is RpcId {
  return typeof id === 'string' || typeof id === 'number' || id === null
}

export function success(id: RpcId, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}

export function failure(id: RpcId, error: RpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error })
}
