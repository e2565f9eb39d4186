INSERT INTO waiting (step, platform, ref, area) VALUES ({step}, {platform}, {ref}, {area})
