"""Page objects: one module a platform, named as its spider. They know no Scrapy.

What a platform's pages are made of may lie beside it, in modules with an underscore: ``ctrip_parts``, ``ctrip_links``.
"""

SHARED = frozenset({"base", "fields", "social", "state", "stored"})
"""Names of modules that all platforms share; no platform is called so."""
