"""Page objects: one module a platform, named as its spider. They know no Scrapy."""
