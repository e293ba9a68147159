import { fairOrder } from './fair-order.lua.js';
import { releaseWindow } from './release.lua.js';

/** A released id that no worker has taken for so long was lost on the way to BullMQ, or its queue is long: handed over again. */
const unclaimedMs = 2_000;
const mostAtOnce = 64;

/**
 * `workers` below the prefix: worker → `<expires at ms>:<engines>:<registration>`. Parcels are made when every worker
 * takes them: one of the version before sees the first id only.
 */
const count = `
local function countEngines()
  local engines, takeParcels, registrations = 0, 0, {}
  local all = redis.call('HGETALL', P .. 'workers')
  for i = 1, #all, 2 do
    local expires, count, registration = string.match(all[i + 1], '^([^:]+):([^:]+):(.*)$')
    if tonumber(expires) > now then
      engines = engines + tonumber(count)
      registrations[#registrations + 1] = registration
      if cjson.decode(registration).parcels then takeParcels = takeParcels + 1 end
    else redis.call('HDEL', P .. 'workers', all[i]) end
  end
  st.engines = engines
  st.parcels = takeParcels > 0 and takeParcels == #registrations and 1 or 0
  return registrations
end
`;

/**
 * ARGV: worker, engines (0 takes the worker out), registration, time to live in ms, window ms an engine. A worker says
 * that it lives. Answers the parcels to hand over: what its engines have room for, and, one by one, what was released and
 * then lost.
 */
export const beatScript = `${fairOrder}${releaseWindow}${count}
if tonumber(ARGV[2]) > 0 then
  redis.call('HSET', P .. 'workers', ARGV[1], text(now + tonumber(ARGV[4])) .. ':' .. ARGV[2] .. ':' .. ARGV[3])
else redis.call('HDEL', P .. 'workers', ARGV[1]) end
countEngines()
purge()
release(tonumber(ARGV[5]), ${mostAtOnce})
local lost = redis.call('ZRANGEBYSCORE', P .. 'unclaimed', '-inf', text(now - ${unclaimedMs}), 'LIMIT', 0, ${mostAtOnce})
for _, id in ipairs(lost) do
  redis.call('ZADD', P .. 'unclaimed', text(now), id)
  parcels[#parcels + 1] = id
end
save()
return parcels
`;

/** Who serves this task, and how much waits: `{waiting jobs, waiting ms, registration...}`. */
export const surveyScript = `${fairOrder}${releaseWindow}${count}
local registrations = countEngines()
purge()
save()
return {text(st.waitingJobs), text(st.waitingMs), unpack(registrations)}
`;
