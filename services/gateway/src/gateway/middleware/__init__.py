"""What surrounds every handler, outermost first: context, CORS, errors, limits, framing,
preflights, bound, identity.
"""
