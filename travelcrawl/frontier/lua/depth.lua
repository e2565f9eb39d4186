-- ARGV: Q, key of the start list. Returns waiting, leased, seeds, dead.
local waiting = redis.call('ZCARD', Q) + redis.call('ZCARD', Q .. ':suspects') + redis.call('ZCARD', Q .. ':last')
return {
    waiting,
    redis.call('HLEN', Q .. ':entries') - waiting,
    redis.call('LLEN', ARGV[2]),
    redis.call('HLEN', Q .. ':letters'),
}
