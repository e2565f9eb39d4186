"""A Scrapyd node: jobs on one machine, their metrics at one address, drained when it is told to stop."""
