import { DEBOUNCE_MS } from '@carillon/backplane'
import type { DefinedScripts } from './scripts.ts'

/** Seconds after which drifted counts are forgotten where no process listens. */
const DRIFT_KEPT_S = 60

/**
 * The roster in Redis. Below one prefix P: `P:n` when each node's lease ends (ms); `P:n:<node>` what a node
 * holds, by member key; per group `P:g:` counts, `P:i:` infos, `P:m:` its moment; `P:gone` who left, and when
 * that counts (ms); `P:drift` by how much a count changed without a join or a leave. Each
 * script is atomic: readers see a change as a whole, and listeners are notified of changes in the order in which they
 * were made.
 */
const shared = `
local P, T = ARGV[1], ARGV[2]
local DEBOUNCE_MS = ${DEBOUNCE_MS}

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function alive(node)
  return redis.call('ZSCORE', P .. ':n', node)
end

local function moment(group, era)
  local meta = P .. ':m:' .. group
  redis.call('HSETNX', meta, 'era', era)
  return meta
end

local function announce(group, member, here, info, era)
  local meta = moment(group, era)
  local step = redis.call('HINCRBY', meta, 'step', 1)
  local change = { v = 1, era = redis.call('HGET', meta, 'era'), step = step, member = member, here = here, info = info }
  redis.call('PUBLISH', T .. 'roster:' .. group, cjson.encode(change))
  redis.call('PUBLISH', T .. 'roster:' .. group .. '\\0' .. member, here and '1' or '0')
end

local function key(group, member)
  return group .. '\\0' .. member
end

-- Net: who is taken from one lease and held by the next has not changed.
local function drift(key, by)
  if redis.call('HINCRBY', P .. ':drift', key, by) == 0 then redis.call('HDEL', P .. ':drift', key) end
  redis.call('EXPIRE', P .. ':drift', ${DRIFT_KEPT_S})
end

local function add(node, group, member, times, info, era)
  redis.call('HINCRBY', P .. ':n:' .. node, key(group, member), times)
  local count = redis.call('HINCRBY', P .. ':g:' .. group, member, times)
  if count == times then
    if info ~= '' then redis.call('HSET', P .. ':i:' .. group, member, info) end
    announce(group, member, true, info, era)
  end
  return count
end

local function drop(group, member, times)
  local counts = P .. ':g:' .. group
  local count = redis.call('HINCRBY', counts, member, -times)
  if count > 0 then return count end
  redis.call('HDEL', counts, member)
  redis.call('HDEL', P .. ':i:' .. group, member)
  announce(group, member, false, '', 'none')
  redis.call('ZADD', P .. ':gone', now() + DEBOUNCE_MS, key(group, member))
  if redis.call('EXISTS', counts) == 0 then redis.call('DEL', P .. ':m:' .. group) end
  return 0
end
`

/** ARGV node, lease in ms, the node it was before or ''. */
const enter = `${shared}
local node, lease, before = ARGV[3], tonumber(ARGV[4]), ARGV[5]
redis.call('ZADD', P .. ':n', now() + lease, node)
if before ~= '' then redis.call('ZADD', P .. ':n', 0, before) end
`

/** ARGV node, era, then group, member, count and info of each. */
const hold = `${shared}
local node, era = ARGV[3], ARGV[4]
if not alive(node) then return 0 end
for i = 5, #ARGV, 4 do
  redis.call('ZREM', P .. ':gone', key(ARGV[i], ARGV[i + 1]))
  add(node, ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], era)
  drift(key(ARGV[i], ARGV[i + 1]), tonumber(ARGV[i + 2]))
end
return 1
`

/** ARGV node, era, group, member, info, most (0: any). Returns count (-1: lease over, -2: full), whether it came anew, era, step. */
const join = `${shared}
local node, era, group, member, info, most = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])
if not alive(node) then return { -1 } end
local counts = P .. ':g:' .. group
if most > 0 and redis.call('HEXISTS', counts, member) == 0 and redis.call('HLEN', counts) >= most then
  return { -2 }
end
local count = add(node, group, member, 1, info, era)
local came = count == 1 and redis.call('ZREM', P .. ':gone', key(group, member)) == 0
local at = redis.call('HMGET', P .. ':m:' .. group, 'era', 'step')
return { count, came and 1 or 0, at[1], tonumber(at[2]) }
`

/** ARGV node, group, member. Returns the count, -1 when the lease is over. */
const leave = `${shared}
local node, group, member = ARGV[3], ARGV[4], ARGV[5]
local held, field = P .. ':n:' .. node, key(group, member)
if not alive(node) or redis.call('HEXISTS', held, field) == 0 then return -1 end
if redis.call('HINCRBY', held, field, -1) <= 0 then redis.call('HDEL', held, field) end
return drop(group, member, 1)
`

/**
 * Renews the lease of ARGV node by lease ms, takes away what a node whose lease is over still holds (at most
 * 2,000 members a call, so that Redis is not held up), and hands over, at most 1,000 each, with ARGV[5] who has been
 * gone for long enough, with ARGV[6] whose counts drifted. Returns whether the lease was still there, whether there is
 * more to do, and the member keys of both.
 */
const beat = `${shared}
local node, lease, take_gone, take_drift = ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1', ARGV[6] == '1'
local time = now()
if not alive(node) then return { 0, 0, {}, {} } end
redis.call('ZADD', P .. ':n', time + lease, node)
local dead = redis.call('ZRANGEBYSCORE', P .. ':n', '-inf', time, 'LIMIT', 0, 1)[1]
if dead then
  local held = P .. ':n:' .. dead
  local some = redis.call('HRANDFIELD', held, 2000, 'WITHVALUES')
  for i = 1, #some, 2 do
    redis.call('HDEL', held, some[i])
    local cut = string.find(some[i], '\\0', 1, true)
    drop(string.sub(some[i], 1, cut - 1), string.sub(some[i], cut + 1), tonumber(some[i + 1]))
    drift(some[i], -tonumber(some[i + 1]))
  end
  if redis.call('EXISTS', held) == 0 then redis.call('ZREM', P .. ':n', dead) end
end
local gone = take_gone and redis.call('ZRANGEBYSCORE', P .. ':gone', '-inf', time, 'LIMIT', 0, 1000) or {}
if #gone > 0 then redis.call('ZREM', P .. ':gone', unpack(gone)) end
-- Not before all is taken away that somebody else may hold by now.
local drifted = take_drift and not dead and redis.call('HRANDFIELD', P .. ':drift', 1000) or {}
if #drifted > 0 then redis.call('HDEL', P .. ':drift', unpack(drifted)) end
return { 1, (dead or #gone == 1000 or #drifted == 1000) and 1 or 0, gone, drifted }
`

/** ARGV group. Returns era, step, the members' counts and their infos, flat. */
const view = `${shared}
local group = ARGV[3]
local at = redis.call('HMGET', P .. ':m:' .. group, 'era', 'step')
return {
  at[1] or '', tonumber(at[2] or 0), redis.call('HKEYS', P .. ':g:' .. group), redis.call('HGETALL', P .. ':i:' .. group)
}
`

export const rosterScripts = { enter, hold, join, leave, beat, view }

export type RosterScripts = DefinedScripts<keyof typeof rosterScripts>
