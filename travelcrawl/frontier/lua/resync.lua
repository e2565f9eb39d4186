-- ARGV: Q, worker, ids that the worker knows it holds. Puts back what it does not know of (the answer to a take was lost), says
-- that it lives, and returns the ids that it does not hold any more.
local known = {}
for i = 3, #ARGV do
    known[ARGV[i]] = true
end
for _, kind in ipairs({':held:', ':spared:'}) do
    local held = Q .. kind .. ARGV[2]
    for _, id in ipairs(redis.call('SMEMBERS', held)) do
        if known[id] then
            known[id] = nil
        else
            redis.call('SREM', held, id)
            wait_again(id)
        end
    end
end
redis.call('ZADD', Q .. ':workers', now(), ARGV[2])
local lost = {}
for id in pairs(known) do
    lost[#lost + 1] = id
end
return lost
