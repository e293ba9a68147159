import { deadlineDoor } from './deadline.lua.js';
import { fairOrder } from './fair-order.lua.js';
import { releaseWindow } from './release.lua.js';

/** Entries outlive their deadline by this much where everything else that would end them was lost. */
const backstopMs = 120_000;
/** Most entries one script releases; the next call releases more. */
const mostAtOnce = 64;

const prelude = fairOrder + releaseWindow;

/**
 * ARGV: window ms an engine, most waiting ms an engine, most bytes, then for each entry id, tenant, weight, lane, cost ms,
 * deadline ms, gateway, payload (or its reference), size in bytes.
 * Answers for each `{'ok'}` (also for an id that is known: a submission may be repeated), `{'backlog', limit ms, retry
 * after s}`, `{'deadline', ms left, retry after s}` or `{'bytes', limit}`, and at last `{parcel...}` with what to hand over.
 * Each finds what those before it have left, as if it had come alone.
 */
export const submitScript = `${prelude}${deadlineDoor}
local windowMs, mostWaitingMs, mostBytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function submit(id, tenant, weight, lane, costText, deadline, gateway, payload, sizeText)
  if redis.call('EXISTS', entryKey(id)) == 1 then return {'ok'} end
  local cost, size = tonumber(costText), tonumber(sizeText)
  if st.waitingJobs > 0 then
    local limit = mostWaitingMs * math.max(1, st.engines)
    local room = limit - st.waitingMs
    local owed = tonumber(redis.call('HGET', P .. 'owed', tenant)) or 0
    if cost > room or (owed > 0 and owed + cost > 4 * tonumber(weight) * room) then
      return {'backlog', text(limit), tostring(retryAfterS(st.waitingMs / believedRate()))}
    end
    if lane == 'interactive' then
      local left = tonumber(deadline) - now
      local retryAfter = lateByRate(tenant, tonumber(weight), cost, left, windowMs)
      if retryAfter then return {'deadline', text(left), tostring(retryAfter)} end
    end
  end
  if st.bytes > 0 and st.bytes + size > mostBytes then return {'bytes', ARGV[3]} end
  redis.call('HSET', entryKey(id), 'tenant', tenant, 'lane', lane, 'cost', costText, 'deadline', deadline,
    'gateway', gateway, 'payload', payload, 'size', sizeText, 'state', 'waiting', 'claims', 0)
  redis.call('PEXPIREAT', entryKey(id), math.floor(tonumber(deadline)) + ${backstopMs})
  redis.call('ZADD', P .. 'deadlines', deadline, id)
  st.bytes = st.bytes + size
  push(id, lane, tenant, weight, cost)
  return {'ok'}
end
purge()
local answers = {}
for i = 4, #ARGV, 9 do
  answers[#answers + 1] = submit(unpack(ARGV, i, i + 8))
  release(windowMs, ${mostAtOnce})
end
save()
answers[#answers + 1] = parcels
return answers
`;

/**
 * ARGV: BullMQ's job, id... A worker takes the entries of a parcel. Answers for each `{payload, claims}`, the number of
 * times that it was taken counted from 1; 1 for one that must go alone; nil when nobody waits for it any more (its place
 * in the window is given back) or another delivery has it.
 *
 * An entry that is not unclaimed belongs to the job that took it: only that one, delivered once more because its worker
 * died, takes it again. What died together is not run together again: one of them may have been the cause.
 */
export const claimScript = `${prelude}
local carrier = ARGV[1]
local taken = false
local function take(id)
  local e = redis.call('HMGET', entryKey(id), 'payload', 'deadline', 'cancelled', 'claims', 'carrier')
  if not e[2] then return false end
  local unclaimed = redis.call('ZREM', P .. 'unclaimed', id) == 1
  if not unclaimed and (e[5] or id) ~= carrier then return false end
  if e[3] or tonumber(e[2]) <= now then forget(id) return false end
  if taken and tonumber(e[4]) > 0 then
    redis.call('ZADD', P .. 'unclaimed', text(now), id)
    return 1
  end
  taken = true
  if id ~= carrier or e[5] then redis.call('HSET', entryKey(id), 'carrier', carrier) end
  return {e[1], redis.call('HINCRBY', entryKey(id), 'claims', 1)}
end
local found = {}
for i = 2, #ARGV do found[i - 1] = take(ARGV[i]) end
save()
return found
`;

/**
 * ARGV: window ms an engine, then for each entry id, engine ms it really took, reply, how long the reply is kept in ms.
 * Ends entries: each reply goes to its gateway, and is kept where that misses it. Answers the parcels to hand over next.
 * An entry that another delivery has settled, or that was cancelled, sends nothing.
 */
export const settleScript = `${prelude}
local function settle(id, tookMs, reply, keepMs)
  local e = redis.call('HMGET', entryKey(id), 'tenant', 'cost', 'gateway', 'cancelled')
  if not e[1] then return end
  move(e[1], tookMs - tonumber(e[2]))
  forget(id)
  if e[4] then return end
  redis.call('PUBLISH', 'inferway:replies:' .. e[3], id .. '\\n' .. reply)
  -- Not call: where memory is full, the published reply is all there is, and enough.
  redis.pcall('SET', P .. 'reply:' .. id, reply, 'PX', keepMs)
end
for i = 2, #ARGV, 4 do settle(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], ARGV[i + 3]) end
release(tonumber(ARGV[1]), ${mostAtOnce})
save()
return parcels
`;

/** ARGV: id. A worker that must end gives an entry back untouched; its taking does not count. */
export const handBackScript = `${prelude}
if redis.call('EXISTS', entryKey(ARGV[1])) == 1 then
  redis.call('HINCRBY', entryKey(ARGV[1]), 'claims', -1)
  redis.call('ZADD', P .. 'unclaimed', text(now), ARGV[1])
end
return 1
`;

/**
 * ARGV: id, window ms an engine. Nobody waits for it: a waiting entry leaves, a released one is marked and its worker
 * told. Answers the parcels to hand over next.
 */
export const cancelScript = `${prelude}
local id = ARGV[1]
local state = redis.call('HGET', entryKey(id), 'state')
if state == 'waiting' then forget(id)
elseif state then
  redis.call('HSET', entryKey(id), 'cancelled', 1)
  redis.call('PUBLISH', P .. 'cancelled', id)
end
release(tonumber(ARGV[2]), ${mostAtOnce})
save()
return parcels
`;

/** ARGV: ids. Per id: its kept reply, 1 where it is waiting or running, 0 where Redis does not know it (any more). */
export const probeScript = `
local found = {}
for i, id in ipairs(ARGV) do
  local reply = redis.call('GET', KEYS[1] .. 'reply:' .. id)
  found[i] = reply or redis.call('EXISTS', KEYS[1] .. 'entry:' .. id)
end
return found
`;
