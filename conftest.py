import signal

# In pytest's importlib mode a test module is named by its folders, `contracts.tests.test_x`, and the
# folder would stand for the package of that name unless the package is imported already.
import chassis
import contracts

__all__ = ["chassis", "contracts"]

# Run in the background by a shell, tests ignore it, and so would all that they start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["devstack.pytest_plugin"]
