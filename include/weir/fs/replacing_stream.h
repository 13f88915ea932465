// weir/fs/replacing_stream.h - a stream into a file that is there whole or not at all.
//
//   auto stream = weir::fs::create_replacing_stream(loop, "settings.json");
//   stream->write(text);
//   stream->end();                               // Finish: the new file is in place
//   stream->on<weir::Error>([](const weir::Error& error) { ... });  // the old one is as it was
//
// The stream writes a new file in the same folder and, when it has ended, renames it over the old
// one. Until Finish, whoever opens the path finds the old file; after an error or destroy() that is
// so for ever, and the new file is gone. (A destroy during the rename itself may come too late.)
//
// - The new file has the old one's owner, group, mode, access list and extended attributes, as far
//   as the process may give them; until it is complete, mode 0600. What cannot be kept narrows: a
//   group that could not be given leaves the group no more than others had, an access list only
//   the owner; no set-user-id or set-group-id under another owner or group. A file that is new has
//   the options' mode. Other names of the old file (hard links) keep the old content.
// - A symbolic link is followed, a dangling one as well: the link stays and what it names is
//   replaced or made. In a sticky folder others may write to (/tmp), a link is followed only where
//   the process's user or the folder's owner made it.
// - A file that may not be written to is not replaced (EACCES), even where the folder would allow
// it.
// - What is no regular file (a device, a FIFO, /dev/stdout) cannot be replaced: it is opened and
//   written to, as create_write_stream does.
// - Where the folder takes no new file, the error names the folder: "EACCES: permission denied,
// open
//   a new file in '/srv'". A file in it that may be written to can still be written by
//   create_write_stream, without the promise.
//
// Where the file system has files without a name (O_TMPFILE: ext4, XFS, Btrfs, tmpfs), the new file
// has none until the end, and a process that is killed leaves nothing behind. Elsewhere (NFS, FUSE)
// it is called .weir- and 16 digits, and stays if the process is killed before Close; so a program
// that handles the signals which end it has to destroy the stream.
//
// A crash of the machine: with `flush`, the file is on the disk before it is renamed and the folder
// after it, so once Finish has come, the new file is there whole. Without it, a crash within the
// system's write-back (half a minute) may leave the old file, the new one or, on some file systems
// (XFS), a new one that is short or empty.
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
  // and nothing is replaced; dropped, it fails with ERR_CALLBACK_DROPPED. Not called for what is
  // not replaced.
  Function<void(Callback replace)> before_replacing = {};
};

// Makes a stream; nothing is opened before the loop runs. Open has the new file's descriptor.
// ERRORS: throws ERR_INVALID_ARG_VALUE (a path with a zero byte, a negative mark). Emits the
// errors of `open`, `write`, `fsync` and `rename`, which name the path, or the folder where that is
// at fault; ELOOP for links that lead nowhere; ESTALE where the new file's name was given to
// another file.
// Node counterpart: none; write-file-atomic of npm.
Ref<WriteStream> create_replacing_stream(Loop& loop, std::string path,
                                         ReplacingStreamOptions options = {});

}  // namespace weir::fs
