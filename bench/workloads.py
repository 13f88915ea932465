"""The peers, the workloads, and the marks at which each peer runs a workload."""

from dataclasses import dataclass, field
from typing import Callable

from file_runs import Copying, Writing, WritingFromThreads
from http_runs import Serving
from socket_runs import Receiving, Sending

K, M, G = 1 << 10, 1 << 20, 1 << 30

NODE = "Node"


@dataclass(frozen=True)
class Peer:
    program: str  # one that is built, or one of INSTALLED
    mode: tuple = ()  # the arguments after the mark
    workload: str = ""  # the name of the workload in the program, if it is another


PEERS = {
    NODE: Peer("node"),
    "weir": Peer("weir-bench"),
    "weir, pool": Peer("weir-bench", ("pool",)),
    "weir, no fast path": Peer("weir-bench", ("in-place",)),
    "weir, callback": Peer("weir-bench", workload="w1-print"),
    "weir, coroutine": Peer("weir-bench"),
    "std::ofstream": Peer("bench-ofstream"),
    "fmt::output_file": Peer("bench-fmt"),
    "write(2)": Peer("bench-write"),
    "nginx": Peer("nginx"),
    "Boost.Beast": Peer("bench-beast"),
    "cp": Peer("cp"),
    "spdlog": Peer("bench-spdlog"),
    "spdlog, async": Peer("bench-spdlog", ("async",)),
}
INSTALLED = {"cp": "coreutils", "nginx": "nginx-light"}  # the programs that come from a package
STREAMS = (NODE, "weir")
WRITERS = (NODE, "weir", "weir, pool", "std::ofstream", "fmt::output_file", "write(2)")

# The tables of the summary: the workloads of each have their peers in common.
WRITE_FILES, COPY_FILES, NETWORK = "writing files", "copying a file", "sockets and HTTP"
THREADS, COROUTINES = "a log of four threads", "coroutines"
TABLES = (WRITE_FILES, COPY_FILES, NETWORK, THREADS, COROUTINES)


@dataclass(frozen=True)
class Workload:
    table: str
    run: type  # how a peer is run and checked, a peer_runs.Run
    title: Callable  # count -> text
    count: int
    few: int  # the count of --quick
    marks: dict  # mark -> peers
    script: str  # Node's, in bench/peers
    details: dict = field(default_factory=dict)  # for `run`
    base: str = NODE  # the peer that the ratios compare with


def bytes_text(size):
    unit, name = next(u for u in ((G, "GiB"), (M, "MiB"), (K, "KiB")) if size % u[0] == 0)
    return f"{size // unit} {name}"


def write_chunks(size):
    chunk = b"x" * size
    # ofstream and write(2) pass each chunk on as it comes: one mark says all of them.
    marks = {16 * K: [peer for peer in WRITERS if peer != "fmt::output_file"], M: STREAMS}
    return Workload(WRITE_FILES, Writing,
                    lambda count: f"{bytes_text(count * size)} in chunks of {bytes_text(size)}",
                    G // size, 64, marks, "file.js",
                    {"piece": lambda _: chunk, "memory": 1280 * M})


WORKLOADS = {
    "w1": Workload(WRITE_FILES, Writing, "{:,} lines".format, 1_000_000, 20_000, {
        16 * K: WRITERS,
        64 * K: STREAMS,
        M: [peer for peer in WRITERS if peer != "weir, pool"],
    }, "file.js", {"piece": b"Line %d\n".__mod__, "memory": 256 * M}),
    "w2-16k": write_chunks(16 * K),
    "w2-64k": write_chunks(64 * K),
    "w3": Workload(COPY_FILES, Copying, lambda count: f"{bytes_text(count * M)} copied",
                   1024, 4, {64 * K: (NODE, "weir", "weir, no fast path", "cp")}, "file.js",
                   {"piece_size": M, "memory": 1280 * M}),
    "w5-bulk": Workload(NETWORK, Sending,
                        lambda count: f"{bytes_text(count * 64 * K)} sent in chunks of 64 KiB",
                        G // (64 * K), 64, {16 * K: STREAMS, M: STREAMS}, "net.js",
                        {"piece_size": 64 * K}),
    "w5-msg": Workload(NETWORK, Sending, "{:,} messages of 100 bytes sent".format,
                       1_000_000, 20_000, {16 * K: STREAMS}, "net.js", {"piece_size": 100}),
    "w5-recv": Workload(NETWORK, Receiving,
                        lambda count: f"{bytes_text(count * 64 * K)} received",
                        G // (64 * K), 64, {64 * K: STREAMS}, "net.js", {"piece_size": 64 * K}),
    # wrk runs for a given time; the counts are the requests whose time is reported.
    "w6-hello": Workload(NETWORK, Serving, "{:,} HTTP responses of 12 bytes".format,
                         100_000, 100_000, {16 * K: (*STREAMS, "nginx", "Boost.Beast")},
                         "http.js", {"body": b"hello world\n"}),
    "w6-stream": Workload(NETWORK, Serving, "{:,} HTTP responses of 1 MiB".format,
                          1_000, 1_000, {16 * K: STREAMS}, "http.js", {"body": b"x" * M}),
    "w6-file": Workload(NETWORK, Serving, "{:,} HTTP responses of a file of 1 KiB".format,
                        100_000, 100_000, {16 * K: ("weir", "nginx")}, "http.js",
                        {"body": b"x" * K, "file": "file.txt"}, base="nginx"),
    "w8": Workload(THREADS, WritingFromThreads, "{:,} lines of four threads".format, 1_000_000, 20_000,
                   {M: ("weir", "spdlog", "spdlog, async")}, "file.js",
                   {"piece": b"Line %d\n".__mod__, "memory": 256 * M, "threads": 4}),
    "w1-coro": Workload(COROUTINES, Writing, "{:,} printed lines".format, 1_000_000, 20_000, {
        mark: ("weir, callback", "weir, coroutine") for mark in (16 * K, M)
    }, "file.js", {"piece": b"Line %d\n".__mod__, "memory": 256 * M}, base="weir, callback"),
}
