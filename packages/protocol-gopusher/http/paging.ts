import { Refusal } from '@carillon/request'

export interface Paging {
  limit: number
  /** From 1. */
  page: number
  /** What comes before it. */
  offset: number
}

/**
 * @param limit absent, like the page: the first page, with as many as there may be
 * @param most that a page may have
 * @throws Refusal 400
 */
export function readPaging(limit: string | undefined, page: string | undefined, most: number): Paging {
  if (limit === undefined || page === undefined) return { limit: most, page: 1, offset: 0 }
  const paging = { limit: Number(limit), page: Number(page) }
  if (!isWithin(paging.limit, most)) throw new Refusal(400, `limit must be a number from 1 to ${most}.`)
  if (!isWithin(paging.page, LAST_PAGE)) throw new Refusal(400, `page must be a number from 1 to ${LAST_PAGE}.`)
  return { ...paging, offset: (paging.page - 1) * paging.limit }
}

const LAST_PAGE = 1_000_000

function isWithin(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most
}
