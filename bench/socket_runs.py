"""Runs of peers that connect to $BENCH_PORT of 127.0.0.1 and send, or receive.

The sender half-closes at the end; the receiver then answers with its count, 8 bytes, little-endian,
and closes.
"""

import socket
from concurrent.futures import ThreadPoolExecutor

from peer_runs import PATIENCE, Failure, Run, figures, start

BLOCK = 1 << 20
COUNT_SIZE = 8


def receive_all(connection, verify):
    """The peer of a sender. Returns the number of bytes received. `verify`: every byte is an x."""
    buffer, count = bytearray(BLOCK), 0
    while size := connection.recv_into(buffer):
        if verify and buffer.count(b"x", 0, size) != size:
            raise Failure(f"wrong output: it differs after byte {count}")
        count += size
    connection.sendall(count.to_bytes(COUNT_SIZE, "little"))
    return count


def send_all(connection, size):
    """The peer of a receiver. Returns the number of bytes that the receiver reports."""
    block = memoryview(b"x" * BLOCK)
    for at in range(0, size, BLOCK):
        connection.sendall(block[:size - at])
    connection.shutdown(socket.SHUT_WR)
    answer = b""
    while part := connection.recv(COUNT_SIZE + 1):
        answer += part
    if len(answer) != COUNT_SIZE:
        raise Failure(f"it answered {len(answer)} bytes and not a count of {COUNT_SIZE}")
    return int.from_bytes(answer, "little")


class SocketRun(Run):
    def __init__(self, scratch, count, quick, piece_size):
        self.wanted = count * piece_size

    def other_side(self, connection, verify):
        """Runs in a thread of its own. Returns the number of bytes on the connection."""
        raise NotImplementedError

    def accept(self, listener, verify):
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            return self.other_side(connection, verify)

    def once(self, command, verify):
        # The system chooses the port, and the peer finds it open.
        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as thread:
            peer = start(command, {"BENCH_PORT": listener.getsockname()[1]})
            counted = thread.submit(self.accept, listener, verify)
            try:
                seconds, peak, said = figures(peer)
            finally:
                listener.shutdown(socket.SHUT_RDWR)  # a peer may never connect
                if isinstance(wrong := counted.exception(), Failure):
                    raise wrong from None  # the peer's failure follows from it
            try:
                count = counted.result()
            except OSError as error:
                raise Failure(f"its connection failed: {error}") from None
        if count != self.wanted or said != self.wanted:
            raise Failure(
                f"wrong count: {count} bytes, {said} by its own count, and not {self.wanted}")
        return seconds, peak


class Sending(SocketRun):
    def other_side(self, connection, verify):
        return receive_all(connection, verify)


class Receiving(SocketRun):
    def other_side(self, connection, verify):
        return send_all(connection, self.wanted)
