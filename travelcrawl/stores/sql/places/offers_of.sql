-- The newest offers of some listings.
SELECT offers.platform, offers.ref, offers.what, offers.amount, offers.currency, offers.seen_at
FROM {keys} AS wanted
CROSS JOIN offers
WHERE offers.platform = wanted.platform AND offers.ref = wanted.ref AND offers.seen_at = (
    SELECT max(later.seen_at) FROM offers AS later
    WHERE later.platform = wanted.platform AND later.ref = wanted.ref
)
