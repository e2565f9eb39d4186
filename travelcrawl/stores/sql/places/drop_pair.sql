DELETE FROM pairs
WHERE platform_a = {platform_a} AND ref_a = {ref_a} AND platform_b = {platform_b} AND ref_b = {ref_b} AND area = {area}
