-- ARGV: Q, worker. Puts back all that the worker holds and forgets it.
local held = Q .. ':held:' .. ARGV[2]
for _, id in ipairs(redis.call('SMEMBERS', held)) do
    wait_again(id)
end
redis.call('DEL', held)
redis.call('ZREM', Q .. ':workers', ARGV[2])
return 1
