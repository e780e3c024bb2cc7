"""What models there can be, one file each: how a checkpoint of that kind is known, and loaded in each of its roles."""
