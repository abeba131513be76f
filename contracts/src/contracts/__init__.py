"""What Onasty's services know of each other, and nothing more: messages without I/O.

`messages` has the kinds of message, `errors` the closed set of failures, `context` what travels beside a
message, `registry` who serves, calls, emits and follows what, `permissions` what that means on NATS,
`streams` where events are kept.
"""
