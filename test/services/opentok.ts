import OpenTok from 'opentok'

export interface OfficialSdk {
  /** Makes a call by its name. @returns what its callback gets after the error; rejects with the error */
  ask(call: string, ...given: unknown[]): Promise<unknown[]>
  generateToken: OpenTok['generateToken']
}

/** The official SDK as it is, with promises. */
export function officialSdk(key: string, secret: string, url: string): OfficialSdk {
  const sdk = new OpenTok(key, secret, url)
  const calls = sdk as unknown as Record<string, (...given: unknown[]) => void>
  return {
    ask: (call, ...given) =>
      new Promise((resolve, reject) => {
        calls[call]!(...given, (error: Error | null, ...answer: unknown[]) => {
          if (error) reject(error)
          else resolve(answer)
        })
      }),
    generateToken: (...given) => sdk.generateToken(...given),
  }
}
