// weir/weir.h - all of weir. Start at stream/writable.h and fs/write_stream.h.
#pragma once

#include <weir/base/assert.h>
#include <weir/base/buffer.h>
#include <weir/base/callback.h>
#include <weir/base/encoding.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/base/ring.h>
#include <weir/base/slab.h>
#include <weir/event/emitter.h>
#include <weir/event/listener_table.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/loop/signal.h>
#include <weir/stream/basic_writable.h>
#include <weir/stream/done.h>
#include <weir/stream/events.h>
#include <weir/stream/finished.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/resource.h>
#include <weir/stream/sink.h>
#include <weir/stream/stream.h>
#include <weir/stream/writable.h>
