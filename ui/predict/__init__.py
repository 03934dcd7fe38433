"""The parts of the Predict page. Photos of the quick way live in this session's memory only and go with it."""
