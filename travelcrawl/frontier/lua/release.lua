-- ARGV: Q, worker, ids. Puts back what the worker holds, unharmed.
for i = 3, #ARGV do
    if redis.call('SREM', Q .. ':held:' .. ARGV[2], ARGV[i]) == 1 then
        wait_again(ARGV[i])
    end
end
return #ARGV - 2
