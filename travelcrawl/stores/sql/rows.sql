SELECT {names}
FROM (SELECT value AS wanted FROM json_each(:refs))
CROSS JOIN {layer} ON platform = :platform AND ref = wanted
