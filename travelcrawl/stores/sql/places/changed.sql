SELECT id, platform, ref, lon, lat, adcode FROM waiting WHERE step = 'changed' ORDER BY id LIMIT {most}
