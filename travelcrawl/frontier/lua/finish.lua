-- ARGV: Q, dupefilter key, buckets. The crawl is complete: forgets what was seen, if nothing waits, is held or works on it.
if redis.call('HLEN', Q .. ':entries') > 0 or redis.call('ZCARD', Q .. ':workers') > 1 then
    return 0
end
for bucket = 0, tonumber(ARGV[3]) - 1 do
    redis.call('UNLINK', ARGV[2] .. ':' .. string.format('%03x', bucket))
end
redis.call('UNLINK', Q .. ':turns', Q .. ':served', Q .. ':crashes')
return 1
