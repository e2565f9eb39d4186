-- ARGV: Q, seconds without a sign of life, CRASHES of backend.py, the worker that asks. What other workers held that no longer
-- live goes back. Returns how many, then id, crashes and payload of those that are taken for the cause (is_guilty of backend.py):
-- the caller buries them. The one that asks lives, however long it stood still after it last said so.
local dead = {}
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', Q .. ':workers', '-inf', now() - tonumber(ARGV[2]))) do
    if worker ~= ARGV[4] then
        dead[#dead + 1] = worker
    end
end
local limit = tonumber(ARGV[3])
local result = {0}

local function is_guilty(crashes, deaths)
    return crashes >= 3 * limit or (crashes >= limit and 3 * (deaths - crashes) <= crashes)
end

for _, worker in ipairs(dead) do
    local held = redis.call('SMEMBERS', Q .. ':held:' .. worker)
    local death = redis.call('INCR', Q .. ':deaths')
    for _, id in ipairs(held) do
        local crashes, first = crashes_of(id)
        crashes, first = crashes + 1, first == 0 and death or first
        redis.call('HSET', Q .. ':crashes', id, crashes .. ' ' .. first)
        local entry = wait_again(id)
        if entry then
            result[1] = result[1] + 1
            if is_guilty(crashes, death - first + 1) then
                result[#result + 1] = id
                result[#result + 1] = crashes
                result[#result + 1] = payload_of(entry)
            end
        else
            redis.call('HDEL', Q .. ':crashes', id)
        end
    end
    for _, id in ipairs(redis.call('SMEMBERS', Q .. ':spared:' .. worker)) do
        result[1] = result[1] + (wait_again(id) and 1 or 0)
    end
    redis.call('DEL', Q .. ':held:' .. worker, Q .. ':spared:' .. worker)
    redis.call('ZREM', Q .. ':workers', worker)
end
return result
