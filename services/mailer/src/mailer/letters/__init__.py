"""How the letters read and look, and the mail around them."""
