/** Where a database is, in words: no password. */
export interface DatabasePlace {
  /** Begins a sentence. */
  what: string
  /** How to begin anew where nothing in it is needed. */
  empty: string
}

const FRESH = 'drop its schemas carillon and carillon_migrations'

export function serverPlace(url: string): DatabasePlace {
  const { database, address } = partsOf(url)
  return { what: `The database ${database} of ${address}`, empty: FRESH }
}

export function embeddedPlace(folder: string): DatabasePlace {
  return { what: `The database in ${folder}`, empty: 'move that directory away' }
}

/** As libpq reads it: what is not there is the default. */
export function partsOf(url: string): { address: string; user: string; database: string } {
  const { hostname, port, username, pathname, searchParams } =
    URL.parse(url) ?? new URL(url.replace('@/', '@localhost/'))
  const host = searchParams.get('host') ?? (decoded(hostname) || 'localhost')
  const user = decoded(username) || 'of this system'
  return {
    address: `${host}:${searchParams.get('port') ?? (port || '5432')}`,
    user,
    database: decoded(pathname.slice(1)) || user,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
