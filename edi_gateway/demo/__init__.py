"""The demonstration: two trading partners, and documents for them to send."""
