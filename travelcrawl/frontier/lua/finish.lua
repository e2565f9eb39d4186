-- ARGV: Q, dupefilter key, buckets, key of the start list. The crawl is complete, if nothing waits, is held or is to come.
-- What was seen is forgotten now if this worker is the last; else when the next crawl begins, since another worker may be about
-- to push what it begins with.
if redis.call('HLEN', Q .. ':entries') > 0 or redis.call('LLEN', ARGV[4]) > 0 then
    return 0
end
if redis.call('ZCARD', Q .. ':workers') <= 1 then
    forget_seen(ARGV[2], ARGV[3])
else
    redis.call('SET', Q .. ':finished', 1)
end
return 1
