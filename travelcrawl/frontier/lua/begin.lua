-- ARGV: Q, worker, dupefilter key, buckets, seconds without a sign of life. A worker begins; the first one after a crawl that
-- was completed, or cancelled and left by all, begins a new crawl.
redis.call('ZADD', Q .. ':workers', now(), ARGV[2])
local control = redis.call('GET', Q .. ':control') or ''
if control == 'cancelled' and redis.call('ZCOUNT', Q .. ':workers', now() - tonumber(ARGV[5]), '+inf') == 1 then
    redis.call('UNLINK', Q, Q .. ':suspects', Q .. ':last', Q .. ':entries', Q .. ':control')
    redis.call('SET', Q .. ':finished', 1)
end
if redis.call('DEL', Q .. ':finished') == 1 then
    forget_seen(ARGV[3], ARGV[4])
end
return 1
