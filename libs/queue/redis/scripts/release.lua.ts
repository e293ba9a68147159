import { maxDispatchMs } from '#scheduling';

/**
 * The small window of released work, and the end of entries. Prelude after `fairOrder`.
 *
 * An entry is `waiting` (in its tenant's list) or `released` (its id was handed to BullMQ); `releasedMs` is the
 * predicted engine time of the released ones. Whatever is lost on the way (a worker, a gateway, the hand-over itself) is
 * found by its deadline at the latest, so the window cannot leak.
 *
 * What is released together travels in parcels, several ids in one job of BullMQ, each at most a dispatch's work: more at
 * one worker would leave another idle. While some engine may have nothing to do, work goes alone, to whoever is free; a
 * full window waits until it has room for a parcel, as every job that ends would let one other go.
 */
export const releaseWindow = `
-- A released entry may be settled this long after its deadline before its place in the window is taken back.
local GRACE_MS = 10000
local MEMORY_MS = 10000
local MAX_RETRY_AFTER_S = 300
local PURGE_AT_ONCE = 100
local PARCEL_MS = ${maxDispatchMs}

local function forget(id)
  local e = redis.call('HMGET', entryKey(id), 'state', 'cost', 'size')
  if not e[1] then return end
  if e[1] == 'waiting' then unlink(id)
  else st.releasedMs = math.max(0, st.releasedMs - tonumber(e[2])) end
  st.bytes = math.max(0, st.bytes - tonumber(e[3]))
  redis.call('DEL', entryKey(id))
  redis.call('ZREM', P .. 'deadlines', id)
  redis.call('ZREM', P .. 'unclaimed', id)
end

local function purge()
  local late = redis.call('ZRANGEBYSCORE', P .. 'deadlines', '-inf', text(now), 'LIMIT', 0, PURGE_AT_ONCE)
  for _, id in ipairs(late) do
    if redis.call('EXISTS', entryKey(id)) == 1 then forget(id) else redis.call('ZREM', P .. 'deadlines', id) end
  end
end

local function isOld() return now - st.measuredAt > MEMORY_MS end

-- Milliseconds of work that leave the waiting list per millisecond while work waits (DrainRate of libs/scheduling).
local function drained(workMs)
  if workMs == 0 then return end
  if st.waitingJobs == 0 then
    st.busySince = 0
    return
  end
  if st.busySince > 0 then
    local elapsed = math.min(math.max(0, now - st.busySince), math.max(MEMORY_MS, workMs))
    local kept = math.exp(-elapsed / MEMORY_MS)
    st.measuredWork = st.measuredWork * kept + workMs
    st.measuredBusy = st.measuredBusy * kept + elapsed
    st.measuredFor = st.measuredFor + elapsed
    st.measuredAt = now
  elseif isOld() then st.measuredWork, st.measuredBusy, st.measuredFor = 0, 0, 0 end
  st.busySince = now
end

local function believedRate()
  local believed = MEMORY_MS * math.exp(-st.measuredFor / MEMORY_MS)
  local open = st.busySince > 0 and math.max(0, now - st.busySince) or 0
  return (st.measuredWork + math.max(1, st.engines) * believed) / (st.measuredBusy + believed + open)
end

local function retryAfterS(ms)
  return math.min(MAX_RETRY_AFTER_S, math.max(1, math.ceil(ms / 1000)))
end

local parcels, parcelMs = {}, math.huge

-- Fills the window in fair order; adds to parcels what is to be handed over, in each its ids by line.
local function release(windowMs, most)
  local released, workMs = 0, 0
  local engines = math.max(1, st.engines)
  local room = windowMs * engines
  if room - st.releasedMs < math.min(PARCEL_MS, room / 10) then return end
  while released < most and st.releasedMs < room do
    local id, cost = pop()
    if not id then break end
    workMs = workMs + cost
    local deadline = redis.call('HGET', entryKey(id), 'deadline')
    if deadline then
      redis.call('HSET', entryKey(id), 'state', 'released')
      redis.call('ZADD', P .. 'deadlines', text(tonumber(deadline) + GRACE_MS), id)
      redis.call('ZADD', P .. 'unclaimed', text(now), id)
      local together = st.parcels == 1 and st.releasedMs >= PARCEL_MS * engines
      st.releasedMs = st.releasedMs + cost
      released = released + 1
      parcelMs = parcelMs + cost
      if together and parcelMs <= PARCEL_MS then parcels[#parcels] = parcels[#parcels] .. '\\n' .. id
      else
        parcels[#parcels + 1] = id
        parcelMs = together and cost or math.huge
      end
    end
  end
  drained(workMs)
end
`;
