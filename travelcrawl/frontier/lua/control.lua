-- ARGV: Q, paused | draining | cancelled | '' (go on). Cancelling forgets all that waits; what is held is finished or given
-- back by its worker, and forgotten then.
if ARGV[2] == '' then
    redis.call('DEL', Q .. ':control')
else
    redis.call('SET', Q .. ':control', ARGV[2])
end
if ARGV[2] == 'cancelled' then
    for _, line in ipairs({Q, Q .. ':suspects'}) do
        for _, id in ipairs(redis.call('ZRANGE', line, 0, -1)) do
            forget(id)
        end
    end
end
return 1
