SELECT id, step, platform, ref FROM waiting WHERE step IN ('group', 'fuse') ORDER BY id LIMIT {most}
