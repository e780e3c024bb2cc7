"""The guidances, one file each: who proposes what a prompt is changed to."""
