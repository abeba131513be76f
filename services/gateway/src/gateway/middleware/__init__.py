"""What surrounds every handler, outermost first: context, errors, bound, identity."""
