"""A socket of loopback: the wanted port, or the next free one."""

from __future__ import annotations

import errno
import socket
import sys

from nasbench_pytorch.errors import InputError

HOST = "127.0.0.1"
_MOST_TRIES = 50
_TAKEN = (errno.EADDRINUSE, errno.EACCES)


def listen(port: int) -> socket.socket:
    """Return a listening socket of loopback.

    Args:
        port: the wanted port, 0 for any. If it is taken, the next ones are tried; `getsockname()` says which it is.

    Raises:
        InputError: the port is out of range, or none of the next ones is free.
    """
    if not 0 <= port <= 65535:
        raise InputError(f"--port must be 0 to 65535, got {port}")
    last = min(port + _MOST_TRIES, 65536)
    for candidate in range(port, last) if port else (0,):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":
                found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                # A port of a server that has just ended is free, though its last connections are not yet forgotten.
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((HOST, candidate))
            found.listen(128)
        except OSError as error:
            found.close()
            if error.errno not in _TAKEN:
                raise InputError(f"port {candidate} of {HOST} cannot be opened: {error.strerror}") from None
            continue
        return found
    raise InputError(f"ports {port} to {last - 1} are all taken; choose another one with --port")
