import uvloop


def pytest_asyncio_loop_factories():
    """The loop that the gateway runs on: what sockets do under load and at their end is its affair."""
    return {"uvloop": uvloop.new_event_loop}
