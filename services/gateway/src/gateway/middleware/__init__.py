"""What surrounds every handler, outermost first: context, errors, identity."""
