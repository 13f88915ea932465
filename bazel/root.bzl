"""Where weir's folder is, as the compiler sees it: empty, or external/weir where it is not the main workspace."""

_WORKSPACE = Label("//:BUILD.bazel").workspace_root
ROOT = _WORKSPACE + "/" if _WORKSPACE else ""
