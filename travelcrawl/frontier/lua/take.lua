-- ARGV: Q, worker, how many, key of the start list, how many that one worker died with, how many that several died with.
-- Returns control, then id, crashes, payload of each lease. Start entries become requests here, leased like all others; their
-- payload is {"seed": ...}. One is taken even where much waits, so that what people ask for begins soon.
local worker, count, starts = ARGV[2], tonumber(ARGV[3]), ARGV[4]
redis.call('ZADD', Q .. ':workers', now(), worker)
local control = redis.call('GET', Q .. ':control') or ''
local result = {control}
if control ~= '' then
    return result
end
local taken = {}

local function lease(id, crashes, payload)
    taken[#taken + 1] = id
    result[#result + 1] = id
    result[#result + 1] = crashes
    result[#result + 1] = payload
end

local function lease_waiting(line, many, suspected)
    local popped = many > 0 and redis.call('ZPOPMIN', line, many) or {}
    for i = 1, #popped, 2 do
        local entry = redis.call('HGET', Q .. ':entries', popped[i])
        if entry then
            lease(popped[i], suspected and crashes_of(popped[i]) or 0, payload_of(entry))
        end
    end
    return #popped / 2, popped[#popped]
end

if lease_waiting(Q .. ':last', tonumber(ARGV[6]), true) == 0 then
    lease_waiting(Q .. ':suspects', tonumber(ARGV[5]), true)
end
local seed = redis.call('LPOP', starts)
local room = count
while seed do
    local id = new_id()
    local payload = cjson.encode({seed = seed})
    redis.call('HSET', Q .. ':entries', id, '0 ' .. payload)
    lease(id, 0, payload)
    room = room - 1
    seed = room > 0 and redis.call('ZCARD', Q) == 0 and redis.call('LPOP', starts)
end
local _, order = lease_waiting(Q, room, false)
if order then
    redis.call('SET', Q .. ':served', string.format('%.0f', tonumber(order) % 1099511627776))
end
if #taken > 0 then
    redis.call('SADD', Q .. ':held:' .. worker, unpack(taken))
end
return result
