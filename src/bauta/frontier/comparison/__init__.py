"""Two runs beside each other: what differs in their configurations, and in their results."""
