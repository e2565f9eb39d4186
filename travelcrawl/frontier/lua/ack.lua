-- ARGV: Q, worker, ids. Forgets requests, wherever they are by now: all they gave is durable.
redis.call('SREM', Q .. ':held:' .. ARGV[2], ids_from(3))
redis.call('SREM', Q .. ':spared:' .. ARGV[2], ids_from(3))
forget(ids_from(3))
return #ARGV - 2
