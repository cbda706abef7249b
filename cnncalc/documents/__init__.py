"""Documents that go in and out as data: their models and schemas."""
