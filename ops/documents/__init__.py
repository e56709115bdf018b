"""Documents generated from code, synthesised templates and what is deployed (MISSION M15).

`pages` lists what is committed below docs/generated: from code and templates alone, the same bytes every time.
`deployed` is about one environment as it is now, and is never committed.
"""
