#include "base/system_errors.h"

#include <cerrno>

namespace weir {
namespace {

struct Entry {
  int number;
  SystemError error;
};

// Where two names share a number (EAGAIN, EWOULDBLOCK) the one libuv reports comes first.
constexpr Entry kEntries[] = {
    {E2BIG, {"E2BIG", "argument list too long"}},
    {EACCES, {"EACCES", "permission denied"}},
    {EADDRINUSE, {"EADDRINUSE", "address already in use"}},
    {EADDRNOTAVAIL, {"EADDRNOTAVAIL", "address not available"}},
    {EAFNOSUPPORT, {"EAFNOSUPPORT", "address family not supported"}},
    {EAGAIN, {"EAGAIN", "resource temporarily unavailable"}},
    {EALREADY, {"EALREADY", "connection already in progress"}},
    {EBADF, {"EBADF", "bad file descriptor"}},
    {EBUSY, {"EBUSY", "resource busy or locked"}},
    {ECANCELED, {"ECANCELED", "operation canceled"}},
    {ECONNABORTED, {"ECONNABORTED", "software caused connection abort"}},
    {ECONNREFUSED, {"ECONNREFUSED", "connection refused"}},
    {ECONNRESET, {"ECONNRESET", "connection reset by peer"}},
    {EDESTADDRREQ, {"EDESTADDRREQ", "destination address required"}},
    {EEXIST, {"EEXIST", "file already exists"}},
    {EFAULT, {"EFAULT", "bad address in system call argument"}},
    {EFBIG, {"EFBIG", "file too large"}},
    {EHOSTUNREACH, {"EHOSTUNREACH", "host is unreachable"}},
    {EINTR, {"EINTR", "interrupted system call"}},
    {EINVAL, {"EINVAL", "invalid argument"}},
    {EIO, {"EIO", "i/o error"}},
    {EISCONN, {"EISCONN", "socket is already connected"}},
    {EISDIR, {"EISDIR", "illegal operation on a directory"}},
    {ELOOP, {"ELOOP", "too many symbolic links encountered"}},
    {EMFILE, {"EMFILE", "too many open files"}},
    {EMSGSIZE, {"EMSGSIZE", "message too long"}},
    {ENAMETOOLONG, {"ENAMETOOLONG", "name too long"}},
    {ENETDOWN, {"ENETDOWN", "network is down"}},
    {ENETUNREACH, {"ENETUNREACH", "network is unreachable"}},
    {ENFILE, {"ENFILE", "file table overflow"}},
    {ENOBUFS, {"ENOBUFS", "no buffer space available"}},
    {ENODATA, {"ENODATA", "no data available"}},
    {ENODEV, {"ENODEV", "no such device"}},
    {ENOENT, {"ENOENT", "no such file or directory"}},
    {ENOMEM, {"ENOMEM", "not enough memory"}},
    {ENONET, {"ENONET", "machine is not on the network"}},
    {ENOPROTOOPT, {"ENOPROTOOPT", "protocol not available"}},
    {ENOSPC, {"ENOSPC", "no space left on device"}},
    {ENOSYS, {"ENOSYS", "function not implemented"}},
    {ENOTCONN, {"ENOTCONN", "socket is not connected"}},
    {ENOTDIR, {"ENOTDIR", "not a directory"}},
    {ENOTEMPTY, {"ENOTEMPTY", "directory not empty"}},
    {ENOTSOCK, {"ENOTSOCK", "socket operation on non-socket"}},
    {ENOTSUP, {"ENOTSUP", "operation not supported on socket"}},
    {EOVERFLOW, {"EOVERFLOW", "value too large for defined data type"}},
    {EPERM, {"EPERM", "operation not permitted"}},
    {EPIPE, {"EPIPE", "broken pipe"}},
    {EPROTO, {"EPROTO", "protocol error"}},
    {EPROTONOSUPPORT, {"EPROTONOSUPPORT", "protocol not supported"}},
    {EPROTOTYPE, {"EPROTOTYPE", "protocol wrong type for socket"}},
    {ERANGE, {"ERANGE", "result too large"}},
    {EROFS, {"EROFS", "read-only file system"}},
    {ESHUTDOWN, {"ESHUTDOWN", "cannot send after transport endpoint shutdown"}},
    {ESPIPE, {"ESPIPE", "invalid seek"}},
    {ESRCH, {"ESRCH", "no such process"}},
    {ETIMEDOUT, {"ETIMEDOUT", "connection timed out"}},
    {ETXTBSY, {"ETXTBSY", "text file is busy"}},
    {EUNATCH, {"EUNATCH", "protocol driver not attached"}},
    {EXDEV, {"EXDEV", "cross-device link not permitted"}},
    {ENXIO, {"ENXIO", "no such device or address"}},
    {EMLINK, {"EMLINK", "too many links"}},
    {EHOSTDOWN, {"EHOSTDOWN", "host is down"}},
    {EREMOTEIO, {"EREMOTEIO", "remote I/O error"}},
    {ENOTTY, {"ENOTTY", "inappropriate ioctl for device"}},
    {EILSEQ, {"EILSEQ", "illegal byte sequence"}},
    {ESOCKTNOSUPPORT, {"ESOCKTNOSUPPORT", "socket type not supported"}},
};

}  // namespace

SystemError describe_system_error(int error_number) noexcept {
  for (const Entry& entry : kEntries)
    if (entry.number == error_number) return entry.error;
  return {"UNKNOWN", "unknown error"};
}

}  // namespace weir
