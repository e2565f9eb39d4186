-- ARGV: Q, worker, ids. They have left the worker's engine alive.
for i = 3, #ARGV do
    redis.call('SMOVE', Q .. ':held:' .. ARGV[2], Q .. ':spared:' .. ARGV[2], ARGV[i])
end
redis.call('HDEL', Q .. ':crashes', ids_from(3))
return #ARGV - 2
