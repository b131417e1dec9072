"""The desktop app in the browser."""
