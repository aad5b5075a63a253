/** Somebody who is signed in to a console. */
export interface Visitor {
  /** @throws Error for anything but a page */
  read(path: string): Promise<Buffer>
  follow(path: string): Following
}

/** A page that is followed as a browser does. */
interface Following {
  /** @returns how often the page was sent anew */
  stop(): Promise<number>
}

interface Account {
  ADMIN_ACCOUNT: string
  ADMIN_PASSWORD: string
}

/** @param url of the server */
export async function signIn(url: string, { ADMIN_ACCOUNT, ADMIN_PASSWORD }: Account): Promise<Visitor> {
  const body = new URLSearchParams({ account: ADMIN_ACCOUNT, password: ADMIN_PASSWORD })
  const answer = await fetch(`${url}/console/login`, { method: 'POST', body, redirect: 'manual' })
  const cookie = answer.headers.get('set-cookie')?.split(';', 1)[0]
  if (!cookie) throw new Error(`The console does not let the bench in: ${answer.status}`)
  const get = async (path: string, signal?: AbortSignal) => {
    const page = await fetch(url + path, { headers: { cookie }, redirect: 'manual', ...(signal && { signal }) })
    if (page.status !== 200) throw new Error(`${path} answers ${page.status}: ${await page.text()}`)
    return page
  }
  return {
    read: async (path) => Buffer.from(await (await get(path)).arrayBuffer()),
    follow(path) {
      const leaving = new AbortController()
      const updates = countUpdates(() =>
        get(`/console/live-page?${new URLSearchParams({ path }).toString()}`, leaving.signal),
      )
      return {
        stop() {
          leaving.abort()
          return updates
        },
      }
    },
  }
}

/** Reads a stream of events until it is cut off. */
async function countUpdates(open: () => Promise<Response>): Promise<number> {
  let updates = 0
  try {
    const stream = (await open()).body!.pipeThrough(new TextDecoderStream())
    for await (const text of stream) updates += text.split('event: page').length - 1
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error
  }
  return updates
}
