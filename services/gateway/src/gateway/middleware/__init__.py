"""What surrounds every handler, outermost first: context, errors, elsewhere, limits, framing, preflights,
bound, identity; and what is put on every answer when it begins: the headers of context and CORS.
"""
