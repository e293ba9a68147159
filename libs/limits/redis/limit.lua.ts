/** Expired holds that one call gives back; the next calls give back more. */
const expiredPerCall = 32;
/** A tenant that asks for nothing for so long is forgotten, and loaded anew: longer than any month. */
const idleMs = 45 * 86_400_000;
const tolerance = 1e-6;

/**
 * What memory-limit.store.ts does, on Redis, by Redis's time. Below the prefix in KEYS[1], whose hash tag is the tenant:
 * - `state`: `level` and `at` of the rate, `work` items in work, and for each meter `<name>:` and `period`, `used`,
 *   `held`, `loaded`, and while it is loaded `since` and `loading`, when that began, which is also the load's name
 * - `holds`: id → `<items> <taken at> <r for a request, j for a job> [<meter> <amount>]...`
 * - `expiry`: ids by when their holds are over
 */
const prelude = `
local S, H, X = KEYS[1] .. 'state', KEYS[1] .. 'holds', KEYS[1] .. 'expiry'
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000

local function text(number) return string.format('%.17g', number) end
local function get(field) return tonumber(redis.call('HGET', S, field)) or 0 end
local function set(field, value) redis.call('HSET', S, field, text(value)) end
local function add(field, value)
  if value ~= 0 then set(field, get(field) + value) end
end

local function read(id)
  local found = redis.call('HGET', H, id)
  if not found then return nil end
  local items, at, kind, rest = string.match(found, '^(%S+) (%S+) (%S)(.*)$')
  local hold = {items = tonumber(items), at = tonumber(at), kind = kind, amounts = {}}
  for name, amount in string.gmatch(rest, ' (%S+) (%S+)') do hold.amounts[name] = tonumber(amount) end
  return hold
end
local function write(id, hold)
  local parts = {text(hold.items), text(hold.at), hold.kind}
  for name, amount in pairs(hold.amounts) do
    parts[#parts + 1] = name
    parts[#parts + 1] = text(amount)
  end
  redis.call('HSET', H, id, table.concat(parts, ' '))
end
local function giveBack(hold, name, amount)
  local left = hold.amounts[name] - amount
  hold.amounts[name] = left > 0 and left or nil
  add(name .. ':held', -amount)
end
local function drop(id, hold)
  for name, amount in pairs(hold.amounts) do add(name .. ':held', -amount) end
  add('work', -hold.items)
  redis.call('HDEL', H, id)
  redis.call('ZREM', X, id)
end
`;

/**
 * ARGV: id, items, items a second ('' for no rate), burst, most items in work ('' for no bound), hold ms, `r` or `j`, 1 for
 * a dry run, then for each meter its name, period, limit and amount. Answers `{'unknown', name...}` or `{'known', the limit
 * that refused or '', items that the rate has left, ms until it has room, items in work, [used, held, age ms]...}`.
 */
export const claimScript = `${prelude}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', X, '-inf', text(now), 'LIMIT', 0, ${expiredPerCall})) do
  local hold = read(id)
  if hold then drop(id, hold) else redis.call('ZREM', X, id) end
end
local id, items = ARGV[1], tonumber(ARGV[2])
local perSecond, burst, bound = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local fields = {'level', 'at', 'work'}
for i = 9, #ARGV, 4 do
  for _, part in ipairs({':period', ':used', ':held', ':loaded'}) do fields[#fields + 1] = ARGV[i] .. part end
end
local st = redis.call('HMGET', S, unpack(fields))
local work = tonumber(st[3]) or 0

local meters, unknown = {}, {'unknown'}
for i = 9, #ARGV, 4 do
  local f = 3 + (i - 9) + 1
  if st[f] ~= ARGV[i + 1] then unknown[#unknown + 1] = ARGV[i] end
  meters[#meters + 1] = {name = ARGV[i], limit = tonumber(ARGV[i + 2]), amount = tonumber(ARGV[i + 3]),
    used = tonumber(st[f + 1]) or 0, held = tonumber(st[f + 2]) or 0, age = now - (tonumber(st[f + 3]) or 0)}
end
if #unknown > 1 then return unknown end

local level, wait = 0, 0
if perSecond then
  if st[1] then level = math.max(0, tonumber(st[1]) - math.max(0, now - tonumber(st[2])) * perSecond / 1000) end
  local over = level + items - burst
  if over > ${tolerance} then wait = over * 1000 / perSecond end
end
local isHeld = redis.call('HEXISTS', H, id) == 1
local refused = ''
if not isHeld then
  for _, m in ipairs(meters) do
    if refused == '' and m.amount > 0 and m.used + m.held + m.amount > m.limit + ${tolerance} then refused = m.name end
  end
  if refused == '' and wait > 0 then refused = 'rate' end
  if refused == '' and bound and work + items > bound then refused = 'concurrency' end
end
if refused == '' and not isHeld and ARGV[8] ~= '1' then
  local changed = {}
  local function change(field, value)
    changed[#changed + 1] = field
    changed[#changed + 1] = text(value)
  end
  if perSecond then
    level = level + items
    change('level', level)
    change('at', now)
  end
  local hold = {items = bound and items or 0, at = now, kind = ARGV[7], amounts = {}}
  if hold.items > 0 then
    work = work + items
    change('work', work)
  end
  for _, m in ipairs(meters) do
    m.held = m.held + m.amount
    hold.amounts[m.name] = m.amount
    change(m.name .. ':held', m.held)
  end
  if hold.items > 0 or #meters > 0 then
    write(id, hold)
    redis.call('ZADD', X, text(now + tonumber(ARGV[6])), id)
  end
  if #changed > 0 then redis.call('HSET', S, unpack(changed)) end
  for _, key in ipairs({S, H, X}) do redis.call('PEXPIRE', key, ${idleMs}) end
end
local answer = {'known', refused, text(perSecond and math.max(0, burst - level) or 0), text(wait), text(work)}
for _, m in ipairs(meters) do
  answer[#answer + 1] = text(m.used)
  answer[#answer + 1] = text(m.held)
  answer[#answer + 1] = text(m.age)
end
return answer
`;

/**
 * ARGV: id, items that the rate gets back, `all` or `some`, number of meters released, then each one's name and amount
 * (for `some`), then name and amount of each that was spent.
 */
export const settleScript = `${prelude}
local id, count = ARGV[1], tonumber(ARGV[4])
local hold = read(id)
if hold and ARGV[3] == 'all' then drop(id, hold)
elseif hold then
  for i = 5, 4 + 2 * count, 2 do
    local amount = hold.amounts[ARGV[i]]
    if amount then giveBack(hold, ARGV[i], math.min(amount, tonumber(ARGV[i + 1]))) end
  end
  if hold.items == 0 and next(hold.amounts) == nil then drop(id, hold) else write(id, hold) end
end
for i = 5 + 2 * count, #ARGV, 2 do
  add(ARGV[i] .. ':used', tonumber(ARGV[i + 1]))
  if redis.call('HEXISTS', S, ARGV[i] .. ':since') == 1 then add(ARGV[i] .. ':since', tonumber(ARGV[i + 1])) end
end
local returned = tonumber(ARGV[2])
if returned > 0 and redis.call('HEXISTS', S, 'level') == 1 then
  set('level', math.max(0, get('level') - returned))
end
return 1
`;

/** ARGV: meter, ms after which a load that has not ended is taken over. Answers the load's name, nil where it is another's. */
export const beginLoadScript = `${prelude}
local loading = tonumber(redis.call('HGET', S, ARGV[1] .. ':loading'))
if loading and now - loading < tonumber(ARGV[2]) then return false end
redis.call('HSET', S, ARGV[1] .. ':loading', text(now), ARGV[1] .. ':since', '0')
return text(now)
`;

/** ARGV: meter, the load's name, period, used, then id, amount and ms of expiry of what open jobs hold. */
export const finishLoadScript = `${prelude}
local name = ARGV[1]
if redis.call('HGET', S, name .. ':loading') ~= ARGV[2] then return 0 end
local loading = tonumber(ARGV[2])
redis.call('HSET', S, name .. ':period', ARGV[3], name .. ':used', text(tonumber(ARGV[4]) + get(name .. ':since')),
  name .. ':loaded', text(now))
redis.call('HDEL', S, name .. ':loading', name .. ':since')
local open = {}
for i = 5, #ARGV, 3 do open[ARGV[i]] = {amount = tonumber(ARGV[i + 1]), expiry = tonumber(ARGV[i + 2])} end
for _, id in ipairs(redis.call('HKEYS', H)) do
  local hold = read(id)
  if hold.kind == 'j' and hold.amounts[name] and not open[id] and hold.at < loading then
    giveBack(hold, name, hold.amounts[name])
    if next(hold.amounts) == nil then drop(id, hold) else write(id, hold) end
  end
end
for id, job in pairs(open) do
  local hold = read(id) or {items = 0, at = loading, kind = 'j', amounts = {}}
  add(name .. ':held', job.amount - (hold.amounts[name] or 0))
  hold.amounts[name] = job.amount
  write(id, hold)
  redis.call('ZADD', X, text(job.expiry), id)
end
for _, key in ipairs({S, H, X}) do redis.call('PEXPIRE', key, ${idleMs}) end
return 1
`;
