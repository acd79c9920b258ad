"""How to send logs to this installation."""
