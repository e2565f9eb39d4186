SELECT id, platform, ref FROM waiting WHERE step = 'area' AND area = {area}
