"""The parts of the Evaluate page; every figure was worked out from stored answers and is only shown here."""
