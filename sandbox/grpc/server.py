"""Starts the servers: one port on loopback for each package, all in threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import grpc
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from sandbox.grpc.servicer import Known, Servicer
from sandbox.provider import Provider

_LARGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes; what the engine allows itself."""


@contextmanager
def serve(providers: Mapping[str, Callable[[], Provider]], known: Known | None = None) -> Iterator[str]:
    """Serves these packages while the context lasts, and gives the value of PULUMI_DEBUG_PROVIDERS that attaches them.

    A provider is made at the first call that needs it. One thread serves all packages: simulators compute and never wait,
    and the SDKs that they look types up in load their modules lazily, which Python does not do safely in several threads.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="sandbox")
    servers: list[grpc.Server] = []
    attached: list[str] = []
    try:
        for package, make in providers.items():
            server = grpc.server(
                thread,
                options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.so_reuseport", 0)],
            )
            add_ResourceProviderServicer_to_server(Servicer(make, known), server)
            attached.append(f"{package}:{server.add_insecure_port('127.0.0.1:0')}")
            server.start()
            servers.append(server)
        yield ",".join(attached)
    finally:
        for stopping in [server.stop(grace=0) for server in servers]:
            stopping.wait()
        thread.shutdown()
