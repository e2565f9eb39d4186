-- ARGV: Q, dupefilter key, buckets, key of the start list, lifetime of what was seen where the crawl has an id, else 0. The crawl
-- is complete, if nothing waits, is held or is to come. One with an id is crawled once: what it has seen stays until it expires,
-- so that a worker that comes late finds nothing to do. Else what was seen is forgotten: now if this worker is the last, or when
-- the next crawl begins, since another worker may be about to push what it begins with.
if redis.call('HLEN', Q .. ':entries') > 0 or redis.call('LLEN', ARGV[4]) > 0 then
    return 0
end
if tonumber(ARGV[5]) > 0 then
    for _, key in ipairs({':turns', ':served', ':crashes', ':deaths', ':sequence'}) do
        redis.call('EXPIRE', Q .. key, ARGV[5])
    end
elseif redis.call('ZCARD', Q .. ':workers') <= 1 then
    forget_seen(ARGV[2], ARGV[3])
else
    redis.call('SET', Q .. ':finished', 1)
end
return 1
