import fc from 'fast-check'

const pieces =
  `a common old vip 李 🦊 nickname: tags: createdAt: id: > = 5 1456403493 + - " * ? \\ ' % ^2 ~ / { } : x`.split(' ')
const queryStrings = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...pieces, ' ', ' ', '\0'), { maxLength: 12 }).map((parts) => parts.join('')),
)

const text = fc.constantFrom(
  ...`common old rar vip 李 🦊 o'neil a-b a_b % \\ 5 co*n c?m* *`.split(' '),
  'common old',
  '',
  '\0',
)
const field = fc.constantFrom('id', 'email', 'NickName', 'phoneNumber', 'senders', 'tags', 'createdAt', '')
const number = fc.oneof(fc.integer(), fc.double(), fc.constant(1_456_403_500))
const flag = fc.boolean()
const optional = { requiredKeys: [] }

const leaf = fc.oneof(
  ...['match', 'match_phrase', 'term', 'prefix', 'wildcard'].map((kind) =>
    fc.record({ [kind]: text, field }, { requiredKeys: [kind] }),
  ),
  fc.record(
    { min: number, max: number, inclusive_min: flag, inclusive_max: flag, field: fc.constant('createdAt') },
    optional,
  ),
  fc.record({ query: queryStrings }),
  fc.record({ match_all: fc.constant({}) }),
)

const { query: jsonQueries } = fc.letrec((tie) => {
  const list = fc.array(tie('query'), { maxLength: 4 })
  const conjunction = fc.record({ conjuncts: list })
  const disjunction = fc.record({ disjuncts: list, min: fc.nat(4) }, { requiredKeys: ['disjuncts'] })
  const boolean = fc.record({ must: conjunction, should: disjunction, must_not: disjunction }, optional)
  return { query: fc.oneof({ depthSize: 'small' }, leaf, conjunction, disjunction, boolean) }
})

/** What people and programs might search for: nonsense, query strings, JSON queries. */
export const searchTexts = fc.oneof(
  queryStrings,
  jsonQueries.map((query) => JSON.stringify(query)),
)
