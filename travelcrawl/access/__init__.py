"""How a site is reached: pure policy, no engine, clocks injected. The glue over it is in ``middlewares/``."""
