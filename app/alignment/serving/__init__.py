"""From a trained adapter to one that speaks in classes, and back.

Owns adapters, gate reports and rollouts. In: a run's adapter, a frozen set held back, what happens in classes. Out:
which adapter the inference room names for a role, or the reason why not.
"""
