import type { Visit } from './fakes.ts'

export interface StreamedEvent {
  event: string
  data: string
}

/** The stream at which a page is followed. */
export async function follow(visit: Visit, page: string): Promise<Response> {
  const [, link = ''] = /data-live="([^"]+)"/.exec(await visit.text(page))!
  return visit.get(link.replaceAll('&amp;', '&'))
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
      yield { event: valueOf('event'), data: valueOf('data') }
      text = text.slice(end + 2)
    }
  }
  return undefined
}
