#include "loop/pool.h"

#include "loop/uv_error.h"

#include <memory>
#include <utility>

namespace weir::internal {
namespace {

struct Request {
  LoopCore& core;
  Function<void()> work;
  Function<void()> done;
  uv_work_t request{};
};

void on_done(uv_work_t* finished, int) {
  const std::unique_ptr<Request> request(static_cast<Request*>(finished->data));
  request->core.request_done();
  request->core.enter([&] { request->done(); });  // does nothing during the Loop's destruction
}

}  // namespace

void run_on_pool(LoopCore& core, Function<void()> work, Function<void()> done) {
  auto request = std::make_unique<Request>(core, std::move(work), std::move(done));
  request->request.data = request.get();
  const int status = uv_queue_work(
      core.uv(), &request->request,
      [](uv_work_t* started) noexcept { static_cast<Request*>(started->data)->work(); }, &on_done);
  if (status < 0) throw from_uv(status, "uv_queue_work");
  core.request_started();
  static_cast<void>(request.release());
}

}  // namespace weir::internal
