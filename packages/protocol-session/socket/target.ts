export interface Asked {
  sessionId: string
  token: string
}

/** Reads `/session/{sessionId}?token=…`; undefined when it is anything else. */
export function readTarget(target: string): Asked | undefined {
  const [, sessionId, query] = /^\/session\/([\w-]+)\?(.*)$/s.exec(target) ?? []
  const token = new URLSearchParams(query).get('token')
  return sessionId !== undefined && token ? { sessionId, token } : undefined
}
