"""The search for a prompt: configuration, problem, methods, sessions."""
