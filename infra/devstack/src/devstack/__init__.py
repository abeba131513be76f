"""The whole of Onasty on one machine: real servers from wheels, and the services beside them."""
