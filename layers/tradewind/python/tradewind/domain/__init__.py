"""Values and rules that know nothing of AWS, time or chance."""
