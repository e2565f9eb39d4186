-- ARGV: Q, paused | draining | cancelled | '' (go on), key of the start list. Cancelling forgets all that waits; what is held
-- is finished or given back by its worker, and forgotten then.
if ARGV[2] == '' then
    redis.call('DEL', Q .. ':control')
else
    redis.call('SET', Q .. ':control', ARGV[2])
end
if ARGV[2] == 'cancelled' then
    local kept = {}
    for _, worker in ipairs(redis.call('ZRANGE', Q .. ':workers', 0, -1)) do
        for _, id in ipairs(redis.call('SUNION', Q .. ':held:' .. worker, Q .. ':spared:' .. worker)) do
            kept[id] = redis.call('HGET', Q .. ':entries', id)
        end
    end
    redis.call('UNLINK', Q, Q .. ':suspects', Q .. ':last', Q .. ':entries', ARGV[3])
    for id, entry in pairs(kept) do
        if entry then
            redis.call('HSET', Q .. ':entries', id, entry)
        end
    end
end
return 1
