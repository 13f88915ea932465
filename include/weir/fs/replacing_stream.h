// weir/fs/replacing_stream.h - a stream into a file that is there whole or not at all.
//
//   auto stream = weir::fs::create_replacing_stream(loop, "settings.json");
//   stream->write(text);
//   stream->end();                               // Finish: the new file is in place
//   stream->on<weir::Error>([](const weir::Error& error) { ... });  // the old one is as it was
//
// The stream writes a new file in the same folder and, when it has ended, renames it over the old
// one. Until Finish, the path still opens the old file. After an Error before Finish, or
// destroy(), the old file stays and the new one is gone. (A destroy during the rename may come too
// late; and an error of `fsync` that names the folder comes with the new file in place.)
//
// - The new file has the old one's owner, group, mode, access list and extended attributes, as far
//   as the process may set them. Until it is complete, its mode is 0600. An attribute that may not
//   be set narrows the mode:
//     another owner             no set-user-id, no set-group-id
//     another group             group and others get what both had
//     no access list            0600
//   Unless the process is root's, both set-id bits are cleared, as by a write. A file that is new
//   has the options' mode. Other names of the old file (hard links) keep the old content.
// - A symbolic link is followed, a dangling one as well: the link stays, and the file it names is
//   replaced or made. A link that another user made, root excepted, is followed only into a folder
//   of that user's (EACCES). In a sticky folder that others may write to (/tmp), other users'
//   links and files are refused, except those of the folder's owner.
// - A file that may not be written to is not replaced (EACCES), whatever the folder allows.
// - A device, a FIFO or /dev/stdout is opened and written to, not replaced.
// - Where the folder takes no new file, the error names the folder:
//   "EACCES: permission denied, open a new file in '/srv'".
//   A file in it can still be written in place, by create_write_stream. So can one that is mounted
//   by itself, as in a container (EBUSY, rename).
//
// Where the file system has files without a name (O_TMPFILE: ext4, XFS, Btrfs, tmpfs), the new file
// has none until it is in place, and a process that is killed leaves none behind. Elsewhere (NFS,
// FUSE) its name is ".weir-" and 16 digits. A signal's default action leaves that file behind:
// handle SIGINT and SIGTERM, and destroy the stream, which removes the name at once.
//
// A crash of the machine: with `flush`, the file is on the disk before it is renamed, and the
// folder after it; so once Finish has come, the new file is there whole. Without `flush`, a crash
// within the system's write-back time (half a minute) may leave the old file, the new one or, on
// some file systems, a new one that is short or empty.
#pragma once

#include <weir/base/callback.h>
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
  std::stop_token signal = {};  // a stop destroys the stream: nothing is replaced
  bool emit_close = true;

  int mode = 0666;     // of a file that is new, less the umask
  bool flush = false;  // fsync the file before it is renamed, and the folder after
  WriteMode write_mode = WriteMode::in_place;
  // Called once, when the new file is complete (with `flush`: on the disk): to look at it, or to
  // wait for others. Its Callback has the file put in place; given an error, it fails the stream
  // and nothing is replaced; dropped, it fails with ERR_CALLBACK_DROPPED. Not called for a
  // device or a FIFO.
  Function<void(Callback replace)> before_replacing = {};
};

// Makes a stream; nothing is opened before the loop runs. Open has the new file's descriptor.
// ERRORS: throws ERR_INVALID_ARG_VALUE (a path with a zero byte, a negative mark). Emits the
// errors of `open`, `write`, `fsync` and `rename`, which name the path, or the folder where that is
// at fault; ELOOP for links that lead nowhere; ESTALE where another file has taken the temporary
// name.
// Node counterpart: none; write-file-atomic of npm.
Ref<WriteStream> create_replacing_stream(Loop& loop, std::string path,
                                         ReplacingStreamOptions options = {});

}  // namespace weir::fs
