"""What a finding means here: suppressions, ignores."""
