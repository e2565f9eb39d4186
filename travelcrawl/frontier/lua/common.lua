-- Keys of one crawl, all below its queue key Q (ARGV[1]), and what the scripts share.
--   Q            zset  id -> order: waiting
--   Q:suspects   zset  id -> order: waiting, a worker died with it
--   Q:entries    hash  id -> order .. ' ' .. payload: waiting or leased
--   Q:crashes    hash  id -> workers that died with it
--   Q:held:W     set   ids that worker W holds
--   Q:workers    zset  W -> when it last said that it lives (seconds)
--   Q:turns      hash  group -> turn; Q:served string: fairness between groups
--   Q:letters    hash  name -> dead letter (JSON)
--   Q:control    string paused | draining | cancelled
--   Q:sequence   string: last id given
local Q = ARGV[1]

local function now()
    return tonumber(redis.call('TIME')[1])
end

local function order_of(entry)
    return string.sub(entry, 1, string.find(entry, ' ', 1, true) - 1)
end

local function payload_of(entry)
    return string.sub(entry, string.find(entry, ' ', 1, true) + 1)
end

local function new_id()
    return string.format('%016d', redis.call('INCR', Q .. ':sequence'))
end

local function forget(id)
    redis.call('HDEL', Q .. ':entries', id)
    redis.call('HDEL', Q .. ':crashes', id)
    redis.call('ZREM', Q, id)
    redis.call('ZREM', Q .. ':suspects', id)
end

local function wait_again(id)
    local entry = redis.call('HGET', Q .. ':entries', id)
    if entry then
        local line = redis.call('HEXISTS', Q .. ':crashes', id) == 1 and Q .. ':suspects' or Q
        redis.call('ZADD', line, order_of(entry), id)
    end
end
