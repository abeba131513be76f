"""A service with nothing in it, for the tests of the runtime: `python oracle.py <mode>`."""

import asyncio
import sys
from contextlib import asynccontextmanager

from pydantic_settings import SettingsConfigDict

from chassis.runtime import run
from chassis.settings import ServiceSettings

MODE = sys.argv[1]


class OracleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ORACLE_")


async def never_returns():
    await asyncio.Event().wait()


async def fails():
    raise ValueError("hunter2")


@asynccontextmanager
async def compose(runtime):
    if MODE == "slow-start":
        runtime.log.info("starting")
        await never_returns()
    runtime.log.info("first acquired")
    try:
        async with runtime.background("work", fails if MODE == "background-fails" else never_returns):
            yield
            if MODE == "slow-stop":
                await never_returns()
            runtime.log.info("second released")
    finally:
        runtime.log.info("first released")


run("oracle", OracleSettings, compose)
