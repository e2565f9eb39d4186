-- ARGV: Q, worker, ids. Puts back what the worker holds, unharmed.
for i = 3, #ARGV do
    local held = redis.call('SREM', Q .. ':held:' .. ARGV[2], ARGV[i])
    if held + redis.call('SREM', Q .. ':spared:' .. ARGV[2], ARGV[i]) > 0 then
        wait_again(ARGV[i])
    end
end
return #ARGV - 2
