"""Ask a server that resets its second answer: python resetting.py HANDLER. Prints how often it was asked for it."""

import asyncio
import struct
import sys
from collections import Counter
from contextlib import suppress
from socket import SO_LINGER, SOL_SOCKET

from scrapy.utils.reactor import install_reactor

install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")

from scrapy import Request  # noqa: E402 - the reactor comes first
from scrapy.exceptions import DownloadFailedError  # noqa: E402
from scrapy.utils.misc import load_object  # noqa: E402
from scrapy.utils.test import get_crawler  # noqa: E402
from twisted.internet import reactor  # noqa: E402

asked: Counter[str] = Counter()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        for number in range(2):
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            asked[path] += 1
            if number == 0:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            else:
                writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    handler = load_object(sys.argv[1])(get_crawler())
    await handler.download_request(Request(f"{url}/1"))
    with suppress(DownloadFailedError):
        await handler.download_request(Request(f"{url}/2"))
    await handler.close()
    server.close()
    sys.stdout.write(f"{asked['/2']}\n")
    reactor.stop()  # type: ignore[attr-defined]


tasks = []
reactor.callWhenRunning(lambda: tasks.append(asyncio.ensure_future(main())))  # type: ignore[attr-defined]
reactor.run()  # type: ignore[attr-defined]
