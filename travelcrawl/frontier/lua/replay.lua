-- ARGV: Q, names. Puts dead letters back into the queue, before all others. Returns how many.
local count = 0
for i = 2, #ARGV do
    local letter = redis.call('HGET', Q .. ':letters', ARGV[i])
    if letter then
        local id = new_id()
        redis.call('HSET', Q .. ':entries', id, '0 ' .. cjson.decode(letter).payload)
        redis.call('ZADD', Q, 0, id)
        redis.call('HDEL', Q .. ':letters', ARGV[i])
        count = count + 1
    end
end
return count
