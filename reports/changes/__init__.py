"""What a release says otherwise than the one before it: events, fields, severity, tables."""
