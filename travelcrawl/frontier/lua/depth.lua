-- ARGV: Q, key of the start list. Returns waiting, leased, seeds, dead, workers.
local waiting = redis.call('ZCARD', Q) + redis.call('ZCARD', Q .. ':suspects')
return {
    waiting,
    redis.call('HLEN', Q .. ':entries') - waiting,
    redis.call('LLEN', ARGV[2]),
    redis.call('HLEN', Q .. ':letters'),
    redis.call('ZCARD', Q .. ':workers'),
}
