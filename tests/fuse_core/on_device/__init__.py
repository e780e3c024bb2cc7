"""Everything that meets a model's tensors, run on a device other than the processor (``shadow_device``)."""
