"""The engine of Visage: every step from a folder of photos to a named face, without a screen."""
