"""The microservice chassis: how any service lives on NATS, PostgreSQL and Redis.

It knows nothing of notes or users. A service is `chassis.runtime.run(name, settings, compose)`; its
`app.py` composes what it needs out of the other modules, in the order in which it starts; the same
order backwards is how it stops.
"""
