"""Runs one session of the CwmpClient package: python cpe.py ACS_URL SERIAL

The package has its ACS's address built in; this puts another in its place, and changes nothing else of how it speaks:
its envelope has no namespace, its Inform no RetryCount, its values no types, its answers no Status, and it takes no cookies
from an address. Without a challenge only, because it knows no Digest.
"""

import asyncio
import logging
import sys

from CwmpClient.nodes import BaseNode
from CwmpClient.plugins import tr069


class App:
    root = BaseNode()


async def main(acs: str, serial: str) -> None:
    await tr069.loader(App.root)
    App.root["Device"]["ManagementServer"]["URL"] = tr069.Parameter(str, acs)
    App.root["Device"]["DeviceInfo"]["SerialNumber"] = tr069.Parameter(str, serial)
    await asyncio.wait_for(tr069.start(App), 30)


logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
asyncio.run(main(sys.argv[1], sys.argv[2]))
