INSERT INTO {layer} ({stored})
SELECT {stored} FROM incoming_{layer} ORDER BY {order}
ON CONFLICT DO NOTHING
