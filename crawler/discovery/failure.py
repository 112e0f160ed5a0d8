"""What goes wrong with a polled address."""


class DiscoveryError(ValueError):
    """A document that is not what the registry says it is. The message says what came instead, in a few words."""
