"""The control server itself: HTTP and WebSocket on one port, in the one thread that has asyncio.

What strangers may cost: so many connections, bytes a message, seconds of work a second; who asks for more waits, and is
not read meanwhile. Who does not listen fast enough is told less.
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_at
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from engine.allowance import SPENT, Allowance
from engine.control.client import Client
from engine.control.origins import allowed, called_rightly, own_names
from engine.control.osc_query import EXTENSIONS, NoSuch, answer
from engine.control.port import Control
from engine.control.responses import FILES, KINDS, respond
from engine.control.telling import Telling
from engine.osc.targets import authority

PERIOD = 1 / 60  # seconds between two looks at what there is to tell, while there are clients
AGAIN = 2.0  # seconds until a port that was taken is asked for again
CONNECTIONS, CLIENTS = 64, 24  # at a time: connections, and WebSockets among them
SILENT = 5.0  # seconds that somebody may take to ask for something
LARGEST, WAITING = 16_384, 8  # bytes of a message; messages of a client that wait to be read
GETS, GETS_AT_ONCE = 50.0, 100.0  # answers to HTTP a second, and at once
QUIET = logging.getLogger("neocog.control")  # what goes wrong with strangers is no matter of the terminal's
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


def serve(port: Control) -> None:
    """Serve until the port is left."""
    asyncio.run(Server(port).run())


class Bounded(ServerConnection):
    """A connection that is none where there are enough."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.server.handler_tasks) > CONNECTIONS:
            transport.abort()


class Server:
    """The thread's side of a Control."""

    def __init__(self, port: Control):
        self.port, self.table = port, port.parameters
        self.telling = Telling(port)
        self.clients: set[Client] = set()
        self.anybody, self.leaving = asyncio.Event(), asyncio.Event()
        self.names = own_names() | {port.place[0]}
        self.gets = Allowance(GETS, GETS_AT_ONCE)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self.port.wake = lambda: loop.is_closed() or loop.call_soon_threadsafe(self.leaving.set)
        if self.port.leaving.is_set():  # before anybody could be woken
            return
        host, number = self.port.place
        async with asyncio.TaskGroup() as tasks:
            pump = tasks.create_task(self.pump())
            await self.listen(host, number)
            pump.cancel()

    async def listen(self, host: str, number: int) -> None:
        """Serve at a place as soon as it can be had, until it is time to leave."""
        while not self.leaving.is_set():
            try:
                async with serve_at(
                    self.handle,
                    host,
                    number,
                    process_request=self.answer,
                    create_connection=Bounded,
                    logger=QUIET,
                    compression=None,
                    max_size=LARGEST,
                    max_queue=WAITING,
                    open_timeout=SILENT,
                    close_timeout=1,
                    ping_interval=10,
                    ping_timeout=20,
                    server_header=None,
                ) as server:
                    self.port.place = host, server.sockets[0].getsockname()[1]
                    self.port.trouble = ""
                    self.port.opened.set()
                    await self.leaving.wait()
            except OSError as error:
                reason = str(error.strerror).rpartition(": ")[2].lower()  # asyncio says before it what it was about
                self.port.trouble = (
                    f"no control page at {authority(host, number)} ({reason}): close what uses the port, or give "
                    "--control another"
                )
                await self.left_within(AGAIN)

    async def left_within(self, seconds: float) -> None:
        """Wait for so long, or until it is time to leave: who has to wait must not hold up the end of a show."""
        try:
            await asyncio.wait_for(self.leaving.wait(), seconds)
        except TimeoutError:
            pass

    # HTTP

    async def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The answer to a GET; None lets a WebSocket begin."""
        await self.left_within(self.gets.pay(1, asyncio.get_running_loop().time()))
        host, origin = request.headers.get("Host"), request.headers.get("Origin")
        if not called_rightly(host, self.names) or not allowed(origin, host, self.port.origins):
            return respond(HTTPStatus.FORBIDDEN)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return None if len(self.clients) < CLIENTS else respond(HTTPStatus.SERVICE_UNAVAILABLE)
        place = urlsplit(request.path)
        path = unquote(place.path)
        browser = not place.query and "text/html" in request.headers.get("Accept", "")
        wants_page = path == "/" and (browser or place.query == "HTML")
        name = "index.html" if wants_page else path.removeprefix("/page/")
        if (wants_page or path.startswith("/page/")) and name in FILES:
            return respond(HTTPStatus.OK, FILES[name], KINDS[Path(name).suffix])
        try:
            told = answer(path, place.query, dict(self.table.entries), self.host_info())
        except NoSuch as no:
            return respond(HTTPStatus(no.status))
        crossing = {"Access-Control-Allow-Origin": origin} if origin else {}
        return respond(HTTPStatus.OK, json.dumps(told).encode(), "application/json", **crossing)

    def host_info(self) -> dict[str, Any]:
        host, number = self.port.osc
        return {
            "NAME": "Neocog",
            "EXTENSIONS": EXTENSIONS,
            "OSC_PORT": number,
            "OSC_TRANSPORT": "UDP",
            **({} if host in ("", "0.0.0.0", "::") else {"OSC_IP": host}),
        }

    # WebSocket

    async def handle(self, connection: ServerConnection) -> None:
        """Hear a client until it goes."""
        client, loop = Client(connection), asyncio.get_running_loop()
        with self.among(client):
            async for message in connection:
                now, began = loop.time(), SPENT()
                try:
                    if isinstance(message, bytes):
                        client.plays(message, now)
                        self.port.take(message)
                    else:
                        for change in client.hear(message, dict(self.table.entries), now):
                            self.port.take(change)
                except ValueError as error:
                    client.tell({"error": str(error)})
                self.watch()
                await self.left_within(client.work.pay(SPENT() - began, now))

    @contextmanager
    def among(self, client: Client) -> Iterator[None]:
        self.clients.add(client)
        self.anybody.set()
        try:
            yield
        except ConnectionClosed:
            pass
        finally:
            self.clients.discard(client)
            self.watch()
            if not self.clients:
                self.anybody.clear()

    def watch(self) -> None:
        self.port.watched = frozenset(filter(None, (client.picture for client in self.clients)))

    async def pump(self) -> None:
        """Tell all clients what is new, as long as there are any."""
        while True:
            await self.anybody.wait()
            self.telling.tell(self.clients, asyncio.get_running_loop().time())
            await asyncio.sleep(PERIOD)
