"""What surrounds every handler, outermost first: context, CORS, errors, bound, limits, identity."""
