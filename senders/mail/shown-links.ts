import type { PushLinks } from '@carillon/contract'

/** The links of a push, as templates show them, and those that they have shown so far. */
export interface WatchedLinks {
  links: PushLinks
  shown: ReadonlySet<string>
}

export function watchLinks(links: PushLinks): WatchedLinks {
  const shown = new Set<string>()
  const note = (url: string): string => {
    shown.add(url)
    return url
  }
  return {
    shown,
    links: {
      get unsubscribe() {
        return note(links.unsubscribe)
      },
      get preferences() {
        return note(links.preferences)
      },
      get list() {
        return links.list
      },
    },
  }
}
