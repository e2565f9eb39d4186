-- Keys of one crawl, all below its queue key Q (ARGV[1]), and what the scripts share.
--   Q            zset  id -> order: waiting
--   Q:suspects   zset  id -> order: waiting, one worker died with it
--   Q:last       zset  id -> order: waiting, several workers died with it
--   Q:entries    hash  id -> order .. ' ' .. payload: waiting or leased
--   Q:crashes    hash  id -> workers that died with it .. ' ' .. number of the first of those deaths
--   Q:deaths     string: workers of this crawl that died
--   Q:held:W     set   ids that worker W holds
--   Q:spared:W   set   ids that it holds and that have left its engine
--   Q:workers    zset  W -> when it last said that it lives (seconds)
--   Q:turns      hash  group -> turn; Q:served string: fairness between groups
--   Q:letters    hash  name -> dead letter (JSON)
--   Q:control    string paused | draining | cancelled
--   Q:finished   string: the crawl is complete
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

-- The ids of ARGV from one place on, at most 500 of them: Python sends no more at once.
local function ids_from(first)
    return unpack(ARGV, first, #ARGV)
end

local function forget(...)
    redis.call('HDEL', Q .. ':entries', ...)
    redis.call('HDEL', Q .. ':crashes', ...)
    for _, line in ipairs({Q, Q .. ':suspects', Q .. ':last'}) do
        redis.call('ZREM', line, ...)
    end
end

local function crashes_of(id)
    local crashes, first = string.match(redis.call('HGET', Q .. ':crashes', id) or '', '(%d+) (%d+)')
    return tonumber(crashes or '0'), tonumber(first or '0')
end

local function wait_again(id)
    local entry = redis.call('HGET', Q .. ':entries', id)
    if entry then
        local crashes = crashes_of(id)
        local line = crashes == 0 and Q or crashes == 1 and Q .. ':suspects' or Q .. ':last'
        redis.call('ZADD', line, order_of(entry), id)
    end
    return entry
end

local function forget_seen(dupefilter, buckets)
    for bucket = 0, tonumber(buckets) - 1 do
        redis.call('UNLINK', dupefilter .. ':' .. string.format('%03x', bucket))
    end
    redis.call('UNLINK', Q .. ':turns', Q .. ':served', Q .. ':crashes', Q .. ':deaths')
end
