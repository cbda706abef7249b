"""The mistakes that students make, by name: one small class each, a change to the calculation of a layer."""
