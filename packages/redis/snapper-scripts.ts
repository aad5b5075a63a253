import {
  BATCH_BYTES,
  BATCH_MESSAGES,
  QUEUE_LEFT_S,
  QUEUE_LIFE_S,
  QUEUE_MESSAGES,
  ROOM_JOINED_S,
  ROOM_USED_S,
} from '@carillon/contract'
import type { DefinedScripts } from './scripts.ts'

/**
 * Snapper's queues in Redis. Below one prefix P and an app A: `P:q:A:<consumer>` a hash, there as long as the queue is,
 * with the batch that is under way (`batch`, `size`); `P:m:A:<consumer>` its messages, that batch first; `P:r:A:<room>`
 * a room's members by when they joined (s); `P:t:A` totals. Each script is one step.
 */
const shared = `
local P, A = ARGV[1], ARGV[2]

local function queue(consumer) return P .. ':q:' .. A .. ':' .. consumer end
local function messages(consumer) return P .. ':m:' .. A .. ':' .. consumer end
local function room(name) return P .. ':r:' .. A .. ':' .. name end
local function now() return tonumber(redis.call('TIME')[1]) end
local function count(what, times) redis.call('HINCRBY', P .. ':t:' .. A, what, times) end

local function live(key, seconds)
  if redis.call('TTL', key) < seconds then redis.call('EXPIRE', key, seconds) end
end

local function join(name, consumer)
  local key = room(name)
  if redis.call('EXISTS', key) == 0 then count('rooms', 1) end
  local new = redis.call('ZADD', key, now(), consumer)
  live(key, ${ROOM_JOINED_S})
  return new
end

-- 1: queued, 0: the queue is full, -1: there is none
local function add(consumer, message)
  if redis.call('EXISTS', queue(consumer)) == 0 then return -1 end
  local list = messages(consumer)
  if redis.call('LLEN', list) >= ${QUEUE_MESSAGES} then return 0 end
  if redis.call('RPUSH', list, message) == 1 then redis.call('PEXPIRE', list, redis.call('PTTL', queue(consumer))) end
  return 1
end

local function membersOf(name)
  local members = redis.call('ZRANGE', room(name), 0, -1)
  if #members > 0 then redis.call('EXPIRE', room(name), ${ROOM_USED_S}) end
  return members
end

local reached, answer = {}, { 0 }
local function hand(name, consumer, message)
  local added = add(consumer, message)
  if added == 0 then answer[1] = answer[1] + 1 end
  if added == -1 then
    local joined = tonumber(redis.call('ZSCORE', room(name), consumer) or 0)
    if joined < now() - ${QUEUE_LIFE_S} then redis.call('ZREM', room(name), consumer) end
  end
  if added == 1 and not reached[consumer] then
    reached[consumer] = true
    answer[#answer + 1] = consumer
  end
end
`

/** ARGV consumer, room. */
const open = `${shared}
local consumer = ARGV[3]
if redis.call('HSETNX', queue(consumer), 'open', 1) == 1 then count('consumers', 1) end
redis.call('EXPIRE', queue(consumer), ${QUEUE_LIFE_S})
redis.call('EXPIRE', messages(consumer), ${QUEUE_LIFE_S})
join(ARGV[4], consumer)
`

/** ARGV consumer. */
const abandon = `${shared}
for _, key in ipairs({ queue(ARGV[3]), messages(ARGV[3]) }) do
  if redis.call('TTL', key) > ${QUEUE_LEFT_S} then redis.call('EXPIRE', key, ${QUEUE_LEFT_S}) end
end
`

/** ARGV room, consumer. */
const join = `${shared}
return join(ARGV[3], ARGV[4])
`

/** ARGV room, consumer. */
const leave = `${shared}
return redis.call('ZREM', room(ARGV[3]), ARGV[4])
`

/**
 * ARGV room and message of each, after how many may be queued in one step. Members without a queue, who joined so long
 * ago that it must have ended, are removed. Returns how many messages full queues dropped, then the consumers that have
 * something new; nothing when it would be more than one step.
 */
const publish = `${shared}
local members, steps = {}, 0
for i = 4, #ARGV, 2 do
  members[ARGV[i]] = members[ARGV[i]] or redis.call('ZCARD', room(ARGV[i]))
  steps = steps + members[ARGV[i]]
end
if steps > tonumber(ARGV[3]) then return {} end
for name in pairs(members) do members[name] = membersOf(name) end
for i = 4, #ARGV, 2 do
  for _, consumer in ipairs(members[ARGV[i]]) do hand(ARGV[i], consumer, ARGV[i + 1]) end
end
count('producerMessages', (#ARGV - 3) / 2)
return answer
`

/** ARGV room, how many messages are published there. Returns its members. */
const members = `${shared}
count('producerMessages', ARGV[4])
return membersOf(ARGV[3])
`

/** ARGV room, how many consumers, those, messages. Part of a publish that takes several steps; answers as it does. */
const hand = `${shared}
local first = 5 + tonumber(ARGV[4])
for i = first, #ARGV do
  for j = 5, first - 1 do hand(ARGV[3], ARGV[j], ARGV[i]) end
end
return answer
`

/** ARGV consumer, message, times. */
const offer = `${shared}
local missing = tonumber(ARGV[5]) - #redis.call('LPOS', messages(ARGV[3]), ARGV[4], 'COUNT', 0)
for _ = 1, missing do
  if add(ARGV[3], ARGV[4]) ~= 1 then return 0 end
end
return 1
`

/** ARGV consumer, an id for a new batch. Returns the batch's id, then its messages; nothing when nothing waits. */
const claim = `${shared}
local key, list = queue(ARGV[3]), messages(ARGV[3])
local batch, size = unpack(redis.call('HMGET', key, 'batch', 'size'))
if not batch then
  if redis.call('EXISTS', key) == 0 then return {} end
  batch, size = ARGV[4], 0
  local bytes = 0
  for _, message in ipairs(redis.call('LRANGE', list, 0, ${BATCH_MESSAGES} - 1)) do
    bytes = bytes + #message
    if size > 0 and bytes > ${BATCH_BYTES} then break end
    size = size + 1
  end
  if size == 0 then return {} end
  redis.call('HSET', key, 'batch', batch, 'size', size)
end
return { batch, unpack(redis.call('LRANGE', list, 0, size - 1)) }
`

/** ARGV consumer, the batch's id. */
const acknowledge = `${shared}
local key, list = queue(ARGV[3]), messages(ARGV[3])
local batch, size = unpack(redis.call('HMGET', key, 'batch', 'size'))
if batch ~= ARGV[4] then return 0 end
redis.call('LTRIM', list, size, -1)
redis.call('HDEL', key, 'batch', 'size')
count('consumerMessages', size)
return 1
`

export const snapperScripts = { open, abandon, join, leave, publish, members, hand, offer, claim, acknowledge }

export type SnapperScripts = DefinedScripts<keyof typeof snapperScripts>
