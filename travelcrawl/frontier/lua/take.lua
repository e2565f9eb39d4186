-- ARGV: Q, worker, how many, key of the start list. Returns control, then id, deliveries, payload of each lease.
-- Start entries become requests here, leased like all others; their payload is {"seed": …}.
local worker, count, starts = ARGV[2], tonumber(ARGV[3]), ARGV[4]
redis.call('ZADD', Q .. ':workers', now(), worker)
local control = redis.call('GET', Q .. ':control') or ''
local result = {control}
if control ~= '' then
    return result
end
local held = Q .. ':held:' .. worker

local function lease(id)
    local entry = redis.call('HGET', Q .. ':entries', id)
    if entry then
        redis.call('SADD', held, id)
        result[#result + 1] = id
        result[#result + 1] = tonumber(redis.call('HGET', Q .. ':crashes', id) or '0') + 1
        result[#result + 1] = payload_of(entry)
    end
end

for i, id in ipairs(redis.call('ZPOPMIN', Q .. ':suspects', 1)) do
    if i % 2 == 1 then
        lease(id)
    end
end
local popped = redis.call('ZPOPMIN', Q, count)
for i = 1, #popped, 2 do
    lease(popped[i])
end
if #popped > 0 then
    local turn = tonumber(popped[#popped]) % 1099511627776
    redis.call('SET', Q .. ':served', string.format('%.0f', turn))
end
local room = count - #popped / 2
while room > 0 do
    local seed = redis.call('LPOP', starts)
    if not seed then
        break
    end
    local id = new_id()
    redis.call('HSET', Q .. ':entries', id, '0 ' .. cjson.encode({seed = seed}))
    lease(id)
    room = room - 1
end
return result
