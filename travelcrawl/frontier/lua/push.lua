-- ARGV: Q, dupefilter key, its lifetime (s), token of the batch, then per request: bucket, fingerprint ('' = not filtered),
-- priority, group, payload. Returns how many were new. A batch that comes again (its answer was lost) is not taken twice.
local dupefilter, ttl, token = ARGV[2], ARGV[3], ARGV[4]
local earlier = redis.call('GET', Q .. ':batch:' .. token)
if earlier then
    return tonumber(earlier)
end
local served = tonumber(redis.call('GET', Q .. ':served') or '0')
local turns, entries = {}, Q .. ':entries'
local taken = 0
for i = 5, #ARGV, 5 do
    local bucket, fingerprint, priority, group, payload = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], ARGV[i + 4]
    local new = true
    if fingerprint ~= '' then
        local key = dupefilter .. ':' .. bucket
        new = redis.call('SADD', key, fingerprint) == 1
        if new and redis.call('SCARD', key) == 1 then
            redis.call('EXPIRE', key, ttl)
        end
    end
    if new then
        local turn = (turns[group] or tonumber(redis.call('HGET', Q .. ':turns', group) or '0')) + 1
        if turn < served then
            turn = served
        end
        turns[group] = turn
        local order = string.format('%.0f', -priority * 1099511627776 + turn)
        local id = new_id()
        redis.call('HSET', entries, id, order .. ' ' .. payload)
        redis.call('ZADD', Q, order, id)
        taken = taken + 1
    end
end
for group, turn in pairs(turns) do
    redis.call('HSET', Q .. ':turns', group, turn)
end
if taken > 0 then
    redis.call('DEL', Q .. ':finished')
end
redis.call('SET', Q .. ':batch:' .. token, taken, 'EX', 600)
return taken
