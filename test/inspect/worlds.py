"""Made-up programs for the mock of the inspector's server: streams that move bytes in stepped time."""

import copy


class Stream:
    """A stream of a world. `speed` is what its sink takes, or its source gives, in bytes a second."""

    def __init__(self, world, kind, name="", *, write=None, read=None, speed=None, ratio=1.0, object_mode=False,
                 can_pause=None, waits_for="", loop=1):
        self.world = world
        self.id = world.next_id()
        self.kind = kind
        self.name = name
        self.write = {"mark": write, "length": 0, "peak": 0, "bytes_in": 0, "bytes_out": 0, "chunks_in": 0,
                      "chunks_out": 0, "drains": 0, "full": 0, "pressed": 0.0, "is_pressed": False} if write else None
        self.read = {"mark": read, "length": 0, "peak": 0, "bytes_in": 0, "bytes_out": 0, "chunks_in": 0,
                     "chunks_out": 0, "starved": 0.0, "is_starved": False, "is_flowing": True,
                     "is_paused": False} if read else None
        self.speed = speed
        self.ratio = ratio
        self.object_mode = object_mode
        self.can_pause = read is not None if can_pause is None else can_pause
        self.waits_for = waits_for
        self.loop = loop
        self.is_held_up = False
        self.state = "open"
        self.error = ""
        self.syscalls = 0
        self.sources, self.targets, self.via = [], [], []
        world.streams[self.id] = self

    def pipe(self, *targets):
        for target in targets:
            self.targets.append(target)
            target.sources.append(self)
        return targets[0]

    def fail(self, error):
        self.error = error
        self.state = "failed"

    def room(self):
        return self.write["mark"] - self.write["length"]

    def accept(self, size):
        side = self.write
        side["length"] += size
        side["bytes_in"] += size
        side["chunks_in"] += 1
        side["peak"] = max(side["peak"], side["length"])
        if side["length"] >= side["mark"] and not side["is_pressed"]:
            side["is_pressed"] = True
            side["full"] += 1

    def take(self, size):
        """The sink takes this much."""
        side = self.write
        side["length"] -= size
        side["bytes_out"] += size
        side["chunks_out"] += 1
        self.syscalls += 1
        if side["is_pressed"] and side["length"] <= 0:
            side["is_pressed"] = False
            side["drains"] += 1

    def produce(self, size):
        side = self.read
        side["length"] += size
        side["bytes_in"] += size
        side["chunks_in"] += 1
        side["peak"] = max(side["peak"], side["length"])

    def step(self, seconds):
        """Moves bytes for a short time: sink first, then source, then the pipe."""
        if self.state != "open":
            return
        limit = int(self.speed * seconds) if self.speed is not None else 1 << 40
        if self.write and self.read and self.ratio:  # a transform
            size = min(limit, self.write["length"], max(0, int((self.read["mark"] - self.read["length"]) / self.ratio)))
            if size > 0:
                self.take(size)
                self.produce(max(1, int(size * self.ratio)))
        elif self.write:
            size = min(limit, self.write["length"])
            if size > 0:
                self.take(size)
        if self.read and not (self.write and self.ratio):  # a source, or a socket's
            size = min(limit, self.read["mark"] - self.read["length"])
            if size > 0 and self.speed:
                self.produce(size)
        self.pass_on(seconds)
        if self.write and self.write["is_pressed"]:
            self.write["pressed"] += seconds * 1000

    def pass_on(self, seconds):
        side = self.read
        if not side:
            return
        self.is_held_up = any(target.write["is_pressed"] for target in self.targets if target.write)
        side["is_starved"] = side["length"] == 0
        if side["is_starved"]:
            side["starved"] += seconds * 1000
        if self.is_held_up or side["is_paused"] or side["length"] == 0:
            return
        size = side["length"]
        side["length"] = 0
        side["bytes_out"] += size
        side["chunks_out"] += 1
        for target in self.targets:
            if target.write:
                target.accept(size)

    def data(self):
        waits = self.waits_for
        if not waits and self.write and self.write["is_pressed"]:
            waits = "the sink"
        read = copy.copy(self.read)
        if self.is_held_up:  # a pipe pauses its source
            read["is_paused"] = True
            waits = f"{waits} and Drain of its destination" if waits else "Drain of its destination"
        return {"id": self.id, "loop": self.loop, "kind": self.kind, "name": self.name,
                "from": [one.id for one in self.sources], "to": [one.id for one in self.targets],
                "via": [one.id for one in self.via], "state": self.state, "waits_for": waits,
                "object_mode": self.object_mode, "write": copy.copy(self.write), "read": read,
                "syscalls": self.syscalls, "error": self.error, "can_pause": self.can_pause}


class World:
    """A program. A subclass makes its streams in `__init__` and may change them in `turn`."""

    name = "world"
    command = "world"
    allows_pause = False
    interval = 250
    parts = 25  # steps in an interval
    loops = (1,)

    def __init__(self):
        self.streams = {}
        self.last_id = 0
        self.time = 0.0
        self.turns = 0
        self.busy = 0.0
        self.pid = 4711
        self.told = {}
        self.make()

    def next_id(self):
        self.last_id += 1
        return self.last_id

    def make(self):
        pass

    def turn(self):
        """Once an interval, before the bytes move."""

    def remove(self, stream):
        del self.streams[stream.id]
        for one in stream.sources:
            one.targets.remove(stream)
        for one in stream.targets:
            one.sources.remove(stream)

    def keeps_running(self):
        return [f"{one.kind} '{one.name}': {'writing' if one.write else 'reading'}"
                for one in self.streams.values() if one.state == "open" and one.name][:8]

    def hello(self, process):
        return {"process": process, "name": self.name, "pid": self.pid, "command": self.command,
                "started": 1790000000000.0, "allows_pause": self.allows_pause, "interval": self.interval}

    def advance(self):
        self.turn()
        seconds = self.interval / 1000 / self.parts
        before = {one.id: one.write["pressed"] for one in self.streams.values() if one.write}
        for _ in range(self.parts):
            for stream in reversed(list(self.streams.values())):
                stream.step(seconds)
        self.time += self.interval
        self.turns += 1200
        self.busy += self.interval * 0.42
        self.pressed = {one.id: (one.write["pressed"] - before.get(one.id, 0)) / self.interval
                        for one in self.streams.values() if one.write}

    def bottlenecks(self):
        """Full most of the time, while what follows is not."""
        found = []
        for stream in self.streams.values():
            share = self.pressed.get(stream.id, 0)
            if share > 0.5 and all(self.pressed.get(one.id, 0) < 0.5 for one in stream.targets):
                why = f"full {share * 100:.0f} % of the time"
                found.append({"id": stream.id, "why": why + ("; what follows it waits" if stream.targets else "")})
        return found

    def update(self, process, whole=False):
        """What the pages know then, and the event for them; `whole` for a page's first."""
        now = {one.id: one.data() for one in self.streams.values()}
        streams = [data for key, data in now.items() if whole or self.told.get(key) != data]
        gone = [] if whole else [key for key in self.told if key not in now]
        wave = 1 + (self.turns // 1200 % 7) / 10
        return now, {
            "process": process, "time": self.time,
            "loops": [{"id": loop, "name": "main" if loop == 1 else f"thread {loop}", "turns": self.turns, "busy": self.busy,
                       "latency": {"p50": 0.02 * wave, "p99": 1.3 * wave, "max": 9.4 * wave},
                       "requests": 2, "timers": 3, "handles": len(self.streams),
                       "keeps_running": self.keeps_running()} for loop in self.loops],
            "streams": streams, "gone": gone, "bottlenecks": self.bottlenecks() if self.time else []}


KIB, MIB = 1024, 1024 * 1024


class Slow(World):
    """A slow destination after a transform."""

    name = "weir cp"
    command = "weir cp --gzip access.log /mnt/usb/access.log.gz"

    def make(self):
        source = Stream(self, "ReadStream", "access.log", read=64 * KIB, speed=80 * MIB)
        gzip = Stream(self, "Gzip", "gzip", write=16 * KIB, read=16 * KIB, speed=60 * MIB, ratio=0.2)
        target = Stream(self, "WriteStream", "/mnt/usb/access.log.gz", write=16 * KIB, speed=2 * MIB // 3)
        source.pipe(gzip)
        gzip.pipe(target)


class Proxy(World):
    """A tee, a transform, sockets and an HTTP exchange."""

    name = "log-relay"
    command = "log-relay --listen 8080 --archive /var/log/relay"
    allows_pause = True

    def make(self):
        client = Stream(self, "Socket", "10.0.0.7:52814", write=64 * KIB, read=64 * KIB, speed=24 * MIB, ratio=0)
        request = Stream(self, "IncomingMessage", "POST /logs", read=64 * KIB, speed=24 * MIB)
        request.via = [client]
        tee = Stream(self, "PassThrough", "tee", write=64 * KIB, read=64 * KIB)
        gzip = Stream(self, "Gzip", "gzip", write=16 * KIB, read=16 * KIB, speed=40 * MIB, ratio=0.2)
        archive = Stream(self, "WriteStream", "relay.log.gz", write=64 * KIB, speed=90 * MIB)
        upstream = Stream(self, "Socket", "collector.example:6514", write=64 * KIB, read=64 * KIB, speed=2.3 * MIB, ratio=0)
        upstream.read["is_starved"] = True
        copy_ = Stream(self, "WriteStream", "copy.log", write=16 * KIB, speed=80 * MIB)
        request.pipe(tee)
        tee.pipe(gzip, upstream, copy_)
        gzip.pipe(archive)
        response = Stream(self, "ServerResponse", "200 OK", write=16 * KIB, speed=MIB)
        response.via = [client]

    def turn(self):
        # The collector's own answers are few.
        for one in self.streams.values():
            if one.kind == "Socket" and one.sources:
                one.read["length"] = 0


class Failing(World):
    name = "copy-all"
    command = "copy-all photos/ /mnt/full"

    def make(self):
        for name in ("one.jpg", "two.jpg", "three.jpg"):
            source = Stream(self, "ReadStream", f"photos/{name}", read=64 * KIB, speed=MIB)
            source.pipe(Stream(self, "WriteStream", f"/mnt/full/{name}", write=16 * KIB, speed=MIB))

    def turn(self):
        if self.time >= 500:
            for one in self.streams.values():
                if one.name.startswith("/mnt") and "two" in one.name and not one.error:
                    one.fail("ENOSPC: no space left on device, write")
                    one.sources[0].fail("ERR_STREAM_PREMATURE_CLOSE: premature close")


class Hostile(World):
    """Names that are markup."""

    name = "<b id=injected>weir</b>"
    command = "<img src=x onerror=document.title='injected'>"

    def make(self):
        stream = Stream(self, "WriteStream", "<img src=x id=injected onerror=document.title='injected'>", write=KIB, speed=0)
        Stream(self, "<script id=injected>", "</span><b id=injected>x</b>", read=KIB, speed=100).pipe(stream)
        stream.waits_for = "<i id=injected>the sink</i>"
        stream.fail("<u id=injected>ENOSPC</u>: no space left on device")

    def keeps_running(self):
        return ["<s id=injected>Timer</s>"]


class Crowd(World):
    """Many streams of a busy server."""

    name = "edge-proxy"
    command = "edge-proxy --workers 1"
    size = 1000
    parts = 5

    def make(self):
        log = Stream(self, "WriteStream", "/var/log/access.log", write=64 * KIB, speed=90 * MIB)
        cache = Stream(self, "WriteStream", "/var/cache/spool", write=16 * KIB, speed=3 * MIB)
        number = 0
        while len(self.streams) + 5 <= self.size:
            number += 1
            client = Stream(self, "Socket", f"10.0.{number % 5}.{number % 250}:{40000 + number}", write=64 * KIB,
                            read=64 * KIB, speed=None if number % 3 else 20 * KIB, ratio=0)
            client.speed = client.speed or 0
            request = Stream(self, "IncomingMessage", f"GET /item/{number}", read=64 * KIB, speed=(number % 9 + 1) * 2 * KIB)
            upstream = Stream(self, "Socket", f"backend-{number % 4}:8080", write=64 * KIB, read=64 * KIB,
                              speed=(number % 7 + 1) * 3 * KIB, ratio=0)
            response = Stream(self, "ServerResponse", "200 OK", write=16 * KIB, speed=(number % 7 + 1) * 3 * KIB)
            gzip = Stream(self, "Gzip", "", write=16 * KIB, read=16 * KIB, speed=MIB, ratio=0.4)
            request.via = [client]
            response.via = [client]
            request.pipe(upstream)
            upstream.pipe(gzip)
            gzip.pipe(response)
            if number % 10 == 0:
                request.pipe(log)
            if number % 20 == 0:
                request.pipe(cache)
        cache.speed = 20 * KIB


class Hundred(Crowd):
    name = "fan-out"
    size = 100


class Lines(World):
    """As many chains side by side as `size`."""

    name = "chains"
    size = 3

    def make(self):
        self.chains = 0
        for _ in range(self.size):
            self.add()

    def add(self):
        self.chains += 1
        source = Stream(self, "ReadStream", f"in-{self.chains}", read=64 * KIB, speed=MIB)
        target = Stream(self, "WriteStream", f"out-{self.chains}", write=16 * KIB, speed=2 * MIB)
        source.pipe(target)
        return source, target


class Chain(World):
    """Transforms one after the other."""

    name = "chain"
    size = 12
    parts = 1

    def make(self):
        last = Stream(self, "ReadStream", "in", read=64 * KIB, speed=MIB)
        for number in range(self.size):
            last = last.pipe(Stream(self, "Transform", f"step-{number}", write=16 * KIB, read=16 * KIB, speed=MIB))
        last.pipe(Stream(self, "WriteStream", "out", write=16 * KIB, speed=MIB))


class Threads(World):
    """A loop on each thread, with a slow destination and an own update."""

    name = "workers"
    loops = (1, 2)

    def make(self):
        for loop in self.loops:
            self.last_id = loop << 40
            source = Stream(self, "ReadStream", f"in-{loop}", read=64 * KIB, speed=8 * MIB, loop=loop)
            source.pipe(Stream(self, "WriteStream", f"out-{loop}", write=16 * KIB, speed=MIB, loop=loop))


class Churn(World):
    """Streams that come and go by the hundred in each interval."""

    name = "churn"
    parts = 1
    each = 200

    def make(self):
        self.passing = []
        Stream(self, "WriteStream", "stays", write=16 * KIB, speed=MIB)

    def turn(self):
        for stream in self.passing:
            self.remove(stream)
        self.passing = []
        for number in range(self.each):
            if number % 2:
                self.passing.append(Stream(self, "Socket", f"10.0.0.1:{self.last_id}", write=KIB, read=KIB, speed=KIB))
            else:
                self.passing.append(Stream(self, f"Kind{number % 30}", f"name-{self.last_id}", write=KIB, speed=KIB))
        if self.passing and self.each:
            self.passing[0].fail(f"ECONNRESET: connection reset by peer, read {self.last_id}")


WORLDS = {kind.__name__.lower(): kind for kind in (Slow, Proxy, Failing, Hostile, Crowd, Hundred, Lines, Chain, Threads, Churn)}
