"""Offers the assistant to other desks of the clinic over HTTP, with tokens and TLS."""
