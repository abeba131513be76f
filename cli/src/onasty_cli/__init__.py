"""The command line: sends and reads notes of any Onasty server, and watches over those that were sent."""
