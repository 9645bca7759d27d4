"""What is pure in telling people and machines: who may be told, watermarks, signatures, quiet hours."""
