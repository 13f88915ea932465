#include <weir/base/error.h>
#include <weir/event/emitter.h>

#include <string_view>

struct Message {
  static constexpr std::string_view kEventName = "message";
};

void listen(weir::Emitter<Message, weir::Error>& channel, weir::Emitter<Message>& quiet) {
  channel.on<weir::ErrorMonitor>([](const weir::Error&) {});
#ifdef WEIR_MUST_FAIL
  quiet.on<weir::ErrorMonitor>([](const weir::Error&) {});
#endif
  (void)quiet;
}
