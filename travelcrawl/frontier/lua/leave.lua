-- ARGV: Q, worker. Puts back all that the worker holds and forgets it.
for _, kind in ipairs({':held:', ':spared:'}) do
    local held = Q .. kind .. ARGV[2]
    for _, id in ipairs(redis.call('SMEMBERS', held)) do
        wait_again(id)
    end
    redis.call('DEL', held)
end
redis.call('ZREM', Q .. ':workers', ARGV[2])
return 1
