-- What one worker says and asks, in one step. ARGV: prefix P, request (JSON); answers JSON. Redis's clock is everybody's.
--   P:workers     zset    worker -> when it last spoke (seconds)
--   P:flying      hash    worker -> requests on their way (JSON)
--   P:slot:NAME   string  GCRA: when the next request is due (seconds)
--   P:day:NAME:D  string  requests sent on day D
--   P:lead:SITE   string  worker that goes ahead
--   P:events      stream  worker, what happened (JSON)
local P, said = ARGV[1], cjson.decode(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000

redis.call('ZADD', P .. ':workers', now, said.worker)
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', P .. ':workers', '-inf', now - said.silence)) do
    redis.call('ZREM', P .. ':workers', dead)
    redis.call('HDEL', P .. ':flying', dead)
end
local workers = redis.call('ZCARD', P .. ':workers')
redis.call('HSET', P .. ':flying', said.worker, said.flying)
local flying, flat = {}, redis.call('HGETALL', P .. ':flying')
for i = 1, #flat, 2 do
    if flat[i] ~= said.worker then
        flying[#flying + 1] = flat[i + 1]
    end
end
for _, key in ipairs({P .. ':workers', P .. ':flying', P .. ':events'}) do
    redis.call('EXPIRE', key, said.forget)
end

-- A slot is a time at which one request may leave. What is asked for is divided between the workers, so that none takes all.
local slots = {}
for i, ask in ipairs(said.slots) do
    local key, step, room, debt = P .. ':slot:' .. ask.name, 1 / ask.rate, (ask.burst - 1) / ask.rate, ask.debt
    local due = math.max(tonumber(redis.call('GET', key) or '0'), now - room)
    -- A server's clock that jumped back, or a rate that was much lower, must not keep everybody waiting.
    due = math.min(due, now + said.horizon + (ask.burst + debt + 1) * step) + debt * step
    local ahead = math.max(said.horizon, 0.001)
    local count, given = math.max(1, math.ceil((ahead * ask.rate + ask.burst - 1) / workers)) - ask.held, {}
    while count > 0 and due <= now + ahead do
        given[#given + 1] = string.format('%.6f', math.max(0, due - now))
        due = due + step
        count = count - 1
    end
    redis.call('SET', key, string.format('%.6f', due), 'PX', math.ceil((math.max(0, due - now) + 60) * 1000))
    slots[i] = table.concat(given, ' ')
end

local days = {}
for i, day in ipairs(said.days) do
    local key = P .. ':day:' .. day.name
    days[i] = redis.call('INCRBY', key, day.sent)
    redis.call('EXPIRE', key, 172800)
end

local leads = {}
for i, site in ipairs(said.sites) do
    local key = P .. ':lead:' .. site
    local leader = redis.call('GET', key)
    leads[i] = not leader or leader == said.worker
    if leads[i] then
        redis.call('SET', key, said.worker, 'PX', math.ceil(said.silence * 1000))
    end
end

local news, last = {}, said.last
for _, entry in ipairs(redis.call('XRANGE', P .. ':events', '(' .. last, '+', 'COUNT', 500)) do
    last = entry[1]
    if entry[2][2] ~= said.worker then
        local at = tonumber(string.match(last, '%d+')) / 1000
        news[#news + 1] = {math.max(0, now - at), entry[2][4]}
    end
end
for _, event in ipairs(said.events) do
    redis.call('XADD', P .. ':events', 'MAXLEN', '~', 10000, '*', 'worker', said.worker, 'event', event)
end
return cjson.encode({workers = workers, slots = slots, days = days, leads = leads, flying = flying, news = news, last = last})
