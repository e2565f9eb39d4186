-- ARGV: Q, worker, id, name, letter. Takes a request out of the crawl and keeps it as a dead letter.
redis.call('SREM', Q .. ':held:' .. ARGV[2], ARGV[3])
redis.call('SREM', Q .. ':spared:' .. ARGV[2], ARGV[3])
forget(ARGV[3])
redis.call('HSET', Q .. ':letters', ARGV[4], ARGV[5])
return 1
