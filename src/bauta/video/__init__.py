"""Videos: faces found, tracked, bridged over missed frames and edited; sound and timing are kept."""
