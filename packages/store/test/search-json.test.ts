import { describe, expect, it } from 'vitest'
import { parseSearch } from '../search/parse.ts'
import { and, every, none, or, phrase, type SearchQuery } from '../search/query.ts'

const parse = (query: unknown) => parseSearch(JSON.stringify(query))
const not = (of: SearchQuery) => ({ kind: 'not', of }) as const
const word = (text: string) => phrase(null, [text])
const term = (text: string) => ({ term: text })
const between = (min: number | null, max: number | null) => ({ kind: 'created', min, max })

describe('a JSON query', () => {
  it.each([
    ['query', { query: '+a nickname:b' }, word('a')],
    ['the query of a search request', { query: { match: 'a' } }, word('a')],
    ['match', { match: 'Han Mei', field: 'nickname' }, or([phrase('nickname', ['han']), phrase('nickname', ['mei'])])],
    ['match with and', { match: 'a b', operator: 'and' }, and([word('a'), word('b')])],
    ['match of a telephone number', { match: '138 001', field: 'phoneNumber' }, phrase('phoneNumber', ['138', '001'])],
    ['match as Go writes it', { match: 'a', prefix_length: 0, fuzziness: 0, boost: 2 }, word('a')],
    ['match_phrase', { match_phrase: 'Han Mei' }, phrase(null, ['han', 'mei'])],
    ['term', { term: 'vip', field: 'tags' }, phrase('tags', ['vip'])],
    ['term of a number', { term: '5', field: 'createdAt' }, between(5, 5)],
    ['prefix', { prefix: 'lup', field: 'NickName' }, phrase('nickname', ['lup'], true)],
    ['wildcard', { wildcard: 'lu?i*', field: 'id' }, { kind: 'pattern', field: 'id', pattern: 'lu?i*' }],
    ['conjuncts', { conjuncts: [term('a'), term('b')] }, and([word('a'), word('b')])],
    ['no conjuncts', { conjuncts: [] }, none],
    ['disjuncts', { disjuncts: [term('a'), term('b')] }, or([word('a'), word('b')])],
    [
      'disjuncts with min',
      { disjuncts: [term('a'), term('b'), term('c')], min: 2 },
      or([and([word('a'), word('b')]), and([word('a'), word('c')]), and([word('b'), word('c')])]),
    ],
    ['match_all', { match_all: {} }, every],
    ['min', { min: 1456403493, field: 'createdAt' }, between(1456403493, null)],
    ['min and max', { min: 1, max: 9, field: 'createdAt' }, between(1, 8)],
    [
      'inclusive ends',
      { min: 1, max: 9, inclusive_min: false, inclusive_max: true, field: 'createdAt' },
      between(2, 9),
    ],
    ['an open end', { min: null, max: 9, field: 'createdAt' }, between(null, 8)],
    ['must', { must: { conjuncts: [term('a')] }, should: { disjuncts: [term('b')] } }, word('a')],
    [
      'should with min',
      { must: { conjuncts: [term('a')] }, should: { disjuncts: [term('b')], min: 1 } },
      and([word('a'), word('b')]),
    ],
    ['should', { should: { disjuncts: [term('a'), term('b')] } }, or([word('a'), word('b')])],
    [
      'must_not',
      { must: { conjuncts: [term('a')] }, must_not: { disjuncts: [term('b')] } },
      and([word('a'), not(word('b'))]),
    ],
    ['must_not alone', { must_not: { disjuncts: [term('b')] } }, and([every, not(word('b'))])],
    ['no words', { match: '!' }, none],
  ])('reads %s', (_, query, parsed) => {
    expect(parse(query)).toEqual(parsed)
  })

  it.each([
    ['{"match":"a"', 'column 13'],
    ['{"match":a}', 'its JSON'],
    ["{'match':1}", 'column 2'],
    ['{"conjuncts":[{"term":"a"},]}', 'its JSON'],
    ['{"match":"a"} b', 'column 15'],
    ['{}', 'column 1'],
    ['{"match":1}', 'match'],
    ['{"match":"a","field":"colour"}', 'field'],
    ['{"match":"a","operator":"xor"}', 'operator'],
    ['{"conjuncts":[{"term":"a"},{"term":1}]}', 'conjuncts[1].term'],
    ['{"conjuncts":[{"term":"a"},7]}', 'conjuncts[1]'],
    ['{"conjuncts":{"term":"a"}}', 'conjuncts'],
    ['{"must":{"conjuncts":[{"query":"a \\"b"}]}}', 'must.conjuncts[0].query, column 3'],
    ['{"disjuncts":[{"term":"a"}],"min":2}', 'min'],
    ['{"min":1}', 'field'],
    ['{"min":1,"field":"createdAt","inclusive_min":1}', 'inclusive_min'],
  ])('cannot read %s, and says %s', (text, place) => {
    expect(() => parseSearch(text)).toThrow(expect.objectContaining({ code: 'bad_query' }))
    expect(() => parseSearch(text)).toThrow(`at ${place}:`)
  })

  it.each([
    ['fuzziness', { match: 'a', fuzziness: 1 }],
    ['fuzziness', { term: 'a', fuzziness: 1 }],
    ['regexp', { regexp: 'a.*', field: 'id' }],
    ['location', { location: [1, 2], distance: '1m', field: 'id' }],
    ['start', { start: '2016-02-25T12:31:33Z', field: 'createdAt' }],
    ['terms', { terms: ['a', 'b'], field: 'id' }],
    ['ids', { ids: ['a'] }],
    ['analyzer', { match: 'a', analyzer: 'en' }],
    ['a range of anything but createdAt', { min: 1, field: 'id' }],
  ])('does not support %s and names it', (name, query) => {
    expect(() => parse(query)).toThrow(`${name} is not supported`)
  })
})
