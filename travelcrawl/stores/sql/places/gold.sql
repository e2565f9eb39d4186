-- What people said of pairs, and how the model scores them now.
SELECT decisions.same, coalesce(pairs.score, 0)
FROM decisions
LEFT JOIN pairs ON decisions.platform_a = pairs.platform_a AND decisions.ref_a = pairs.ref_a
    AND decisions.platform_b = pairs.platform_b AND decisions.ref_b = pairs.ref_b
