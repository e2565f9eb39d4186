-- ARGV: Q, worker, ids that the worker knows it holds. Puts back what it does not know of (the answer to a take was lost),
-- and says that it lives. Returns how many.
local known = {}
for i = 3, #ARGV do
    known[ARGV[i]] = true
end
local back = 0
for _, id in ipairs(redis.call('SMEMBERS', Q .. ':held:' .. ARGV[2])) do
    if not known[id] then
        redis.call('SREM', Q .. ':held:' .. ARGV[2], id)
        wait_again(id)
        back = back + 1
    end
end
redis.call('ZADD', Q .. ':workers', now(), ARGV[2])
return back
