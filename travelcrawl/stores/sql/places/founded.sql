SELECT place, founded_at FROM places
