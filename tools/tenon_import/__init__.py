"""Converts networks that were trained elsewhere to nets of tenon."""
