import type { Visit } from './fakes.ts'

export interface StreamedEvent {
  event: string
  data: string
  /** The mark of the content; empty where there is none. */
  id: string
}

/** The stream at which a page is followed. */
export async function follow(visit: Visit, page: string): Promise<Response> {
  return visit.get(streamOf(await visit.text(page)))
}

/** The link of the stream that a browser opens for a page. */
export function streamOf(page: string): string {
  const [, link = '', seen = ''] = /data-live="([^"]+)" data-seen="([^"]+)"/.exec(page)!
  return `${link.replaceAll('&amp;', '&')}${link.includes('?') ? '&' : '?'}seen=${seen}`
}

/** The events of a stream, as they arrive. */
export async function* eventsOf(response: Response): AsyncGenerator<StreamedEvent, undefined> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      const valueOf = (name: string) =>
        lines
          .filter((line) => line.startsWith(name))
          .map((line) => line.slice(name.length + 2))
          .join('\n')
      yield { event: valueOf('event'), data: valueOf('data'), id: valueOf('id') }
      text = text.slice(end + 2)
    }
  }
  return undefined
}
