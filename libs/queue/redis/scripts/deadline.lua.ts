import { usedOfDeadline } from '#scheduling';

/**
 * Whether an interactive entry could be answered by its deadline: `DeadlineDoor.lateByRate` of libs/scheduling, on what
 * `fairOrder` and `releaseWindow` keep. Prelude after them. While there is time for all that waits, it asks Redis nothing.
 */
export const deadlineDoor = `
local LEAST_MEASURED_MS = MEMORY_MS / 5
local LEAST_WORK_MS = LEAST_MEASURED_MS / 4
local USED_OF_DEADLINE = ${usedOfDeadline}
-- Of more tenants the least served ones count: bounded time, and a wrong refusal is worse than a late answer.
local MOST_COUNTED = 64

-- What tenants have waiting in the interactive lane; nothing, where a gateway of the version before has not counted bulk.
local function interactiveOwed(tenants)
  local all = redis.call('HMGET', P .. 'owed', unpack(tenants))
  local bulk = redis.call('HMGET', P .. 'owed:bulk', unpack(tenants))
  local heads = redis.call('HMGET', P .. 'heads:bulk', unpack(tenants))
  local owed = {}
  for i in ipairs(tenants) do
    local bulkMs = math.max(0, tonumber(bulk[i]) or 0)
    local unknown = heads[i] and bulkMs == 0
    owed[i] = unknown and 0 or math.max(0, (tonumber(all[i]) or 0) - bulkMs)
  end
  return owed
end

-- Work that goes before a new interactive entry, were none to come after it (LanedFairQueue.aheadMs).
local function aheadMs(tenant, weight)
  local waits = redis.call('HEXISTS', P .. 'heads:interactive', tenant) == 1
  local own = waits and interactiveOwed({tenant})[1] or 0
  local time = tonumber(redis.call('HGET', P .. 'times', tenant)) or st.system
  if not isWaiting(tenant) then time = math.max(time, st.system) end
  local startsAt = time + own / weight
  local before = redis.call('ZRANGEBYSCORE', P .. 'order:interactive', '-inf', '(' .. text(startsAt), 'WITHSCORES',
    'LIMIT', 0, MOST_COUNTED)
  local tenants, times = {}, {}
  for i = 1, #before, 2 do
    local other = string.sub(before[i], 18)
    if other ~= tenant then
      tenants[#tenants + 1] = other
      times[#times + 1] = tonumber(before[i + 1])
    end
  end
  local ahead = own
  if #tenants > 0 then
    local owed = interactiveOwed(tenants)
    local weights = redis.call('HMGET', P .. 'weights', unpack(tenants))
    for i = 1, #tenants do ahead = ahead + math.min(owed[i], tonumber(weights[i]) * (startsAt - times[i])) end
  end
  if ahead == 0 then return 0 end
  local bulkUntil = st.interactive + ahead / LANE_WEIGHT.interactive
  -- Gateways and workers of the version before move bulk entries and do not count them.
  local bulkMs = tenantsIn('bulk') > 0 and math.max(0, st.bulkMs) or 0
  return ahead + math.min(bulkMs, math.max(0, bulkUntil - st.bulk) * LANE_WEIGHT.bulk)
end

-- Nil, or the seconds until what stands before the entry is done.
local function lateByRate(tenant, weight, cost, leftMs, windowMs)
  if st.measuredBusy < LEAST_MEASURED_MS or st.measuredWork < LEAST_WORK_MS or isOld() then return nil end
  local rate = st.measuredWork / st.measuredBusy
  local taken = math.min(st.releasedMs, windowMs * math.max(1, st.engines)) + cost
  local fits = USED_OF_DEADLINE * leftMs * rate - taken
  if st.waitingMs <= fits then return nil end
  local ahead = aheadMs(tenant, weight)
  if ahead == 0 or ahead <= fits then return nil end
  return retryAfterS((taken + ahead) / rate)
end
`;
