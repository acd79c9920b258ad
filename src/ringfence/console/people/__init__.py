"""Users of the tenant: list, roles, passwords, sessions."""
