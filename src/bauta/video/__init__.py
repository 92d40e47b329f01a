"""Videos: faces found, tracked, bridged over missed frames, and edited; sound and timing stay as they were."""
