"""How the agents do: by agent, model and prompt.

In: `Lines`, what the guard refused, model calls, and from outside thumbs and trials. Out: helpfulness, leaks, what
learners do at their next try against what was to be expected, cost and waiting, and adapters compared by lot.
"""
