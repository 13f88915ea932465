"""The libraries that weir is built on, as the system has them: what pkg-config knows becomes @weir_system."""

# The name of the target: what pkg-config is asked for.
_LIBRARIES = {
    "brotli": ["libbrotlienc", "libbrotlidec"],
    "fmt": ["fmt >= 9"],
    "llhttp": ["libllhttp >= 8.1"],
    "nats": ["libnats >= 3.3", "libcrypto >= 3"],
    "openssl": ["openssl >= 3"],
    "uriparser": ["liburiparser >= 0.9"],
    "uv": ["libuv >= 1.44"],
    "zlib": ["zlib >= 1.2.9"],
    "zstd": ["libzstd >= 1.4"],
}

def _flags(context, packages):
    """The flags of the packages, or None."""
    result = context.execute(["pkg-config", "--cflags", "--libs"] + packages)
    return None if result.return_code else result.stdout.split(" ")

def _library(context, name, flags):
    """A cc_library with the flags. Folders of headers become links, which the compiler may read."""
    flags = [flag.strip() for flag in flags]
    includes = []
    for flag in flags:
        if flag.startswith("-I"):
            includes.append("%s/include%d" % (name, len(includes)))
            context.symlink(flag[2:], includes[-1])
    return """
cc_library(
    name = "{name}",
    hdrs = glob({headers}),
    defines = {defines},
    includes = {includes},
    linkopts = {linkopts},
)
""".format(
        name = name,
        headers = ["%s/**" % folder for folder in includes],
        defines = [flag[2:] for flag in flags if flag.startswith("-D")],
        includes = includes,
        # A program loads only the libraries that it uses.
        linkopts = ["-Wl,--as-needed"] + [flag for flag in flags if flag.startswith("-l") or flag.startswith("-L")],
    )

def _llhttp_of_sources(context):
    """Debian 12 has llhttp as sources. One of their two parsers accepts only HTTP."""
    for name in ["api.c", "http.c", "llhttp.c"]:
        context.symlink("/usr/share/llhttp/" + name, "llhttp/" + name)
    context.symlink("/usr/share/include/llhttp/llhttp.h", "llhttp/llhttp.h")
    return """
cc_library(
    name = "llhttp",
    srcs = glob(["llhttp/*.c"]),
    hdrs = ["llhttp/llhttp.h"],
    defines = ["LLHTTP_STRICT_MODE=1"],
    includes = ["llhttp"],
)
"""

def _system_libraries(context):
    build = 'package(default_visibility = ["//visibility:public"])\n'
    for name, packages in _LIBRARIES.items():
        flags = _flags(context, packages)
        if flags != None:
            build += _library(context, name, flags)
        elif name == "llhttp" and context.path("/usr/share/llhttp/llhttp.c").exists:
            build += _llhttp_of_sources(context)
        elif name != "nats":
            fail("weir needs %s, which pkg-config does not know" % ", ".join(packages))
    context.file("BUILD.bazel", build)

_weir_system_libraries = repository_rule(implementation = _system_libraries, configure = True, local = True)

def weir_system_libraries():
    _weir_system_libraries(name = "weir_system")
