# In pytest's importlib mode a test module is named by its folders, `contracts.tests.test_x`, and the
# folder would stand for the package of that name unless the package is imported already.
import chassis
import contracts

__all__ = ["chassis", "contracts"]

pytest_plugins = ["devstack.pytest_plugin"]
