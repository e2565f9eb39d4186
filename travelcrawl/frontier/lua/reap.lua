-- ARGV: Q, seconds without a sign of life, workers that may die with one request. Returns how many went back, then id and
-- payload of those that have become dead letters (buried by the caller with a name and a time).
local dead = redis.call('ZRANGEBYSCORE', Q .. ':workers', '-inf', now() - tonumber(ARGV[2]))
local result = {0}
for _, worker in ipairs(dead) do
    local held = Q .. ':held:' .. worker
    for _, id in ipairs(redis.call('SMEMBERS', held)) do
        local entry = redis.call('HGET', Q .. ':entries', id)
        if entry then
            result[1] = result[1] + 1
            if redis.call('HINCRBY', Q .. ':crashes', id, 1) >= tonumber(ARGV[3]) then
                result[#result + 1] = id
                result[#result + 1] = payload_of(entry)
            end
            wait_again(id)
        end
    end
    redis.call('DEL', held)
    redis.call('ZREM', Q .. ':workers', worker)
end
return result
