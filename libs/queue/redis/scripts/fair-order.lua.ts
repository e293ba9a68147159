/**
 * The weighted fair order of `LanedFairQueue` (libs/scheduling), in Lua on Redis, so that any number of gateways and
 * workers share one. The same arithmetic in the same order: a property test runs both beside each other. Prelude of
 * every script that moves an entry.
 *
 * Below the prefix in KEYS[1], which holds a hash tag, so that one task's keys share a slot of a Redis Cluster:
 * - `state`: numbers of the queue, see `fields`
 * - `list:<lane>:<tenant>`: that tenant's entries in order of arrival, each `<sequence>:<id>`
 * - `order:<lane>`: waiting tenants by virtual time, each `<sequence of its head>:<tenant>`: Redis orders equal scores by
 *   member, so between tenants served alike the older head goes first
 * - `heads:<lane>`: a tenant's member in `order:<lane>`
 * - `times`, `weights`: the tenants' accounts; `owed`: what each has waiting, in predicted milliseconds; `owed:bulk`: how
 *   much of that is bulk
 * - `entry:<id>`: the entry itself; `deadlines`: when it may be thrown away; `unclaimed`: released, not taken yet
 */
export const fairOrder = `
local P = KEYS[1]
local LANES = {'interactive', 'bulk'}
local LANE_WEIGHT = {interactive = 9, bulk = 1}
local SWEEP_FROM = 1024

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000

local fields = {'system', 'latest', 'sequence', 'waitingMs', 'waitingJobs', 'releasedMs', 'bytes', 'interactive',
  'bulk', 'bulkMs', 'engines', 'parcels', 'measuredWork', 'measuredBusy', 'measuredFor', 'measuredAt',
  'busySince', 'sweepAt'}
local st = {}
local loaded = redis.call('HMGET', P .. 'state', unpack(fields))
local before = {}
for i, field in ipairs(fields) do
  st[field] = tonumber(loaded[i]) or 0
  before[field] = st[field]
end

local function text(number) return string.format('%.17g', number) end
local function entryKey(id) return P .. 'entry:' .. id end
local function listKey(lane, tenant) return P .. 'list:' .. lane .. ':' .. tenant end
local function other(lane) if lane == 'bulk' then return 'interactive' end return 'bulk' end

local function save()
  local values = {}
  for _, field in ipairs(fields) do
    if st[field] ~= before[field] then
      values[#values + 1] = field
      values[#values + 1] = text(st[field])
    end
  end
  if #values > 0 then redis.call('HSET', P .. 'state', unpack(values)) end
end

local function tenantsIn(lane) return redis.call('ZCARD', P .. 'order:' .. lane) end
local function anyoneWaits() return tenantsIn('interactive') + tenantsIn('bulk') > 0 end
local function isWaiting(tenant)
  return redis.call('HEXISTS', P .. 'heads:interactive', tenant) + redis.call('HEXISTS', P .. 'heads:bulk', tenant) > 0
end

local function leastTime()
  local least
  for _, lane in ipairs(LANES) do
    local head = redis.call('ZRANGE', P .. 'order:' .. lane, 0, 0, 'WITHSCORES')
    local time = tonumber(head[2])
    if time and (not least or time < least) then least = time end
  end
  return least or 0
end

-- A tenant's virtual time moves by milliseconds over weight; one that was forgotten has nothing to correct.
local function move(tenant, ms)
  local time = tonumber(redis.call('HGET', P .. 'times', tenant))
  if not time then return end
  time = time + ms / tonumber(redis.call('HGET', P .. 'weights', tenant))
  redis.call('HSET', P .. 'times', tenant, text(time))
  if time > st.latest then st.latest = time end
  for _, lane in ipairs(LANES) do
    local member = redis.call('HGET', P .. 'heads:' .. lane, tenant)
    if member then redis.call('ZADD', P .. 'order:' .. lane, text(time), member) end
  end
end

-- Brings the order in line with the head of a tenant's list.
local function setHead(lane, tenant)
  local member = redis.call('HGET', P .. 'heads:' .. lane, tenant)
  local first = redis.call('LINDEX', listKey(lane, tenant), 0)
  local wanted = first and (string.sub(first, 1, 16) .. ':' .. tenant)
  if member == wanted then return end
  if member then redis.call('ZREM', P .. 'order:' .. lane, member) end
  if wanted then
    redis.call('ZADD', P .. 'order:' .. lane, redis.call('HGET', P .. 'times', tenant), wanted)
    redis.call('HSET', P .. 'heads:' .. lane, tenant, wanted)
  else
    redis.call('HDEL', P .. 'heads:' .. lane, tenant)
    if lane == 'bulk' then redis.call('HDEL', P .. 'owed:bulk', tenant) end
    if not isWaiting(tenant) then redis.call('HDEL', P .. 'owed', tenant) end
    if not anyoneWaits() then st.system = st.latest end
  end
end

-- Forgets idle tenants that would be lifted anyway; the next sweep waits until their number has doubled.
local function sweep()
  local times = redis.call('HGETALL', P .. 'times')
  for i = 1, #times, 2 do
    if tonumber(times[i + 1]) <= st.system and not isWaiting(times[i]) then
      redis.call('HDEL', P .. 'times', times[i])
      redis.call('HDEL', P .. 'weights', times[i])
    end
  end
  st.sweepAt = math.max(SWEEP_FROM, 2 * redis.call('HLEN', P .. 'times'))
end

local function push(id, lane, tenant, weight, cost)
  local time = tonumber(redis.call('HGET', P .. 'times', tenant))
  if not time then
    if redis.call('HLEN', P .. 'times') >= math.max(SWEEP_FROM, st.sweepAt) then sweep() end
    time = st.system
    redis.call('HSET', P .. 'times', tenant, text(time))
  end
  redis.call('HSET', P .. 'weights', tenant, weight)
  if not isWaiting(tenant) and time < st.system then redis.call('HSET', P .. 'times', tenant, text(st.system)) end
  if tenantsIn(lane) == 0 then st[lane] = math.max(st[lane], st[other(lane)]) end
  st.sequence = st.sequence + 1
  local sequence = string.format('%016d', st.sequence)
  redis.call('RPUSH', listKey(lane, tenant), sequence .. ':' .. id)
  redis.call('HSET', entryKey(id), 'sequence', sequence)
  redis.call('HINCRBYFLOAT', P .. 'owed', tenant, cost)
  if lane == 'bulk' then
    redis.call('HINCRBYFLOAT', P .. 'owed:bulk', tenant, cost)
    -- Neither rounding nor what a worker of the version before took out leaves a ghost.
    st.bulkMs = (tenantsIn('bulk') == 0 and 0 or st.bulkMs) + cost
  end
  st.waitingMs = st.waitingMs + cost
  st.waitingJobs = st.waitingJobs + 1
  setHead(lane, tenant)
end

local function subtract(lane, tenant, cost)
  st.waitingJobs = st.waitingJobs - 1
  -- Rounding leaves no ghost backlog.
  if st.waitingJobs <= 0 then st.waitingJobs = 0; st.waitingMs = 0 else st.waitingMs = st.waitingMs - cost end
  redis.call('HINCRBYFLOAT', P .. 'owed', tenant, -cost)
  if lane == 'bulk' then
    redis.call('HINCRBYFLOAT', P .. 'owed:bulk', tenant, -cost)
    st.bulkMs = st.bulkMs - cost
  end
end

-- The fairest entry leaves its list: its id and cost.
local function pop()
  local lane = 'interactive'
  local interactive, bulk = tenantsIn('interactive'), tenantsIn('bulk')
  if interactive + bulk == 0 then return nil end
  if bulk > 0 and (interactive == 0 or st.bulk < st.interactive) then lane = 'bulk' end
  local member = redis.call('ZRANGE', P .. 'order:' .. lane, 0, 0)[1]
  local tenant = string.sub(member, 18)
  local id = string.sub(redis.call('LPOP', listKey(lane, tenant)), 18)
  local cost = tonumber(redis.call('HGET', entryKey(id), 'cost')) or 0
  st.system = math.max(st.system, leastTime())
  move(tenant, cost)
  st[lane] = st[lane] + cost / LANE_WEIGHT[lane]
  subtract(lane, tenant, cost)
  setHead(lane, tenant)
  return id, cost
end

-- Takes an entry out of its list unserved.
local function unlink(id)
  local e = redis.call('HMGET', entryKey(id), 'lane', 'tenant', 'sequence', 'cost')
  redis.call('LREM', listKey(e[1], e[2]), 1, e[3] .. ':' .. id)
  subtract(e[1], e[2], tonumber(e[4]))
  if st.waitingJobs == 0 then st.busySince = 0 end
  setHead(e[1], e[2])
end
`;
