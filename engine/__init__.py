"""Neocog plays a convolutional network like an instrument."""
