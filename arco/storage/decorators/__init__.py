"""Buckets around a bucket: what is counted, slowed, broken or forbidden there, the bucket inside knows nothing of."""
