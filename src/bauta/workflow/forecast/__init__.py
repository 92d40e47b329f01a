"""What a run of many images will cost, from what jobs have cost on this machine."""
