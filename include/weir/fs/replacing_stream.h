// weir/fs/replacing_stream.h - a stream that replaces a file atomically at its end.
//
//   auto stream = weir::fs::create_replacing_stream(loop, "settings.json");
//   stream->write(text);
//   stream->end();                               // Finish: the new file is in place
//   stream->on<weir::Error>([](const weir::Error& error) { ... });  // not saved
//
// The stream writes a new file in the same folder. After end(), it renames the new file to the
// path. Until then, the path opens the old file. After an Error or destroy(), the old file stays
// and the new one is removed. There are two exceptions, in which the new file is in place: a
// destroy during the rename may be too late; with `flush`, the folder is synced after the
// rename, and an `fsync` error that names the folder comes from there.
//
// Rules:
// - The new file gets the old one's owner, group, mode, access list and extended attributes, as far
//   as the process is permitted to set them. Its mode is 0600 until it is complete. An attribute
//   that cannot be set narrows the mode:
//     another owner             no set-user-id, no set-group-id
//     another group             group and others get the rights that both had
//     no access list            0600
// - Unless the process is root's, both set-id bits are cleared, as by a write. A file without an
//   old one gets the mode of the options. Hard links to the old file keep the old content.
// - A symbolic link is followed, also to a missing file: the link stays, and its target is replaced
//   or created. A link of another user (except root) is followed only into a folder of that
//   user's (EACCES). In a sticky folder that others can write to (/tmp), links and files of
//   other users are refused, except the folder owner's.
// - A file without write permission is not replaced (EACCES), whatever the folder permits.
// - A device, a FIFO or /dev/stdout is opened and written to, not replaced.
// - If the folder accepts no new file, the error names the folder: "EACCES: permission
//   denied, open a new file in '/srv'". A file in it can still be written with create_write_stream.
//   The same holds for a file that is a mount point, as in a container (EBUSY, rename).
//
// Temporary names: on file systems with unnamed files (O_TMPFILE: ext4, XFS, Btrfs, tmpfs), the new
// file has no name until it is in place, and a killed process leaves no file. On others (NFS, FUSE)
// its name is ".weir-" and 16 digits. The default action of a signal leaves that file in place:
// handle SIGINT and SIGTERM, and destroy the stream, which removes the file at once.
//
// Crash of the machine: with `flush`, the stream syncs the file before the rename and the folder
// after it, so after Finish the new file survives. Without `flush`, a crash within the system's
// write-back time (half a minute) may leave the old file, the new one or, on some file systems, a
// new one that is short or empty.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/fs/encoding_option.h>
#include <weir/fs/write_mode.h>
#include <weir/fs/write_stream.h>
#include <weir/loop/loop.h>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace weir::fs {

struct ReplacingStreamOptions {
  std::optional<std::int64_t> high_water_mark = {};
  EncodingOption encoding = Encoding::utf8;
  std::stop_token signal = {};  // a stop destroys the stream, without replacing the file
  bool emit_close = true;

  int mode = 0666;  // of a created file, before the umask
  // fsync the file before the rename, and the folder after it. A device or a FIFO, which is not
  // replaced, may lack that.
  bool flush = false;
  std::chrono::milliseconds retry_on_full = {};  // as of WriteStreamOptions
  WriteMode write_mode = WriteMode::in_place;
  // Called once, when the new file is complete (with `flush`: synced), to verify it or to wait for
  // other files. `replace` continues with the rename; with an error, it fails the stream, and the
  // file is not replaced. If `replace` is destroyed uncalled, the stream fails with
  // ERR_CALLBACK_DROPPED. Not called for a device or a FIFO.
  Function<void(Callback replace)> before_replacing = {};
};

// Creates a stream; the file is opened when the loop runs. Open has the new file's descriptor.
// ERRORS: throws ERR_INVALID_ARG_VALUE (a path with a zero byte, a negative mark). Emits the errors
// of `open`, `write`, `fsync` and `rename`, which name the path or the folder at fault; ELOOP
// for too many links; ESTALE if another file has taken the temporary name.
// Node counterpart: none; write-file-atomic of npm.
Ref<WriteStream> create_replacing_stream(Loop& loop, std::string path,
                                         ReplacingStreamOptions options = {});

}  // namespace weir::fs
