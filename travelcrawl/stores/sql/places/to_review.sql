-- Pairs that the model leaves to people and of which nobody has said anything, the doubtful first.
SELECT {columns}
FROM pairs
WHERE score >= {least} AND score < {most} AND NOT EXISTS (
    SELECT 1 FROM decisions
    WHERE decisions.platform_a = pairs.platform_a AND decisions.ref_a = pairs.ref_a
        AND decisions.platform_b = pairs.platform_b AND decisions.ref_b = pairs.ref_b
)
ORDER BY score, platform_a, ref_a, platform_b, ref_b
LIMIT {limit}
