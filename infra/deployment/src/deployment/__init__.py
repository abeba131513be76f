"""Files of a deployment that follow from the code, written by `./task gen`."""
