import type { Redis } from '@carillon/redis'

/** What the topics of an installation begin with: a message is heard in all databases of a Redis, unlike a key. */
export function topicsOf({ options: { db = 0 } }: Redis, key: string): string {
  return `${key}:${db}:t:`
}
