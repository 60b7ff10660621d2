"""The door for people: routers, one per room, plus access and page helpers. No SQL, no prompts, no model calls."""
