-- ARGV: Q, worker, ids. Forgets requests, wherever they are by now: all they gave is durable.
for i = 3, #ARGV do
    redis.call('SREM', Q .. ':held:' .. ARGV[2], ARGV[i])
    forget(ARGV[i])
end
return #ARGV - 2
