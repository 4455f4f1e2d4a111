"""How plans, progress and outputs look to people and to machines."""
