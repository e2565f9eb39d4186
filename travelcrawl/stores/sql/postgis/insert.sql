INSERT INTO {layer} ({names})
SELECT {names} FROM incoming_{layer} ORDER BY {order}
ON CONFLICT DO NOTHING
