// Publishes or consumes N messages of JetStream: by weir's streams, or by cnats' own calls.
//   bench-nats SUBJECT-OF-WORK URL STREAM N SIZE
#include <weir/nats/connection.h>
#include <weir/nats/consume_stream.h>
#include <weir/nats/jetstream.h>
#include <weir/nats/publish_stream.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nats/nats.h>
#include <sys/resource.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Work {
  std::string url;
  std::string stream;
  int count;
  std::size_t size;
};

// Not ru_maxrss, in which the program that started this one counts.
long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return 0;
}

void report(const Work& work, Clock::time_point from) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const std::chrono::duration<double> time = Clock::now() - from;
  const double cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  fmt::print("{{\"seconds\":{:.4f},\"rate\":{:.0f},\"cpu_us\":{:.2f},\"memory_kib\":{}}}\n",
             time.count(), work.count / time.count(), cpu * 1e6 / work.count, peak_kib());
}

void require(natsStatus status, const char* what) {
  if (status != NATS_OK)
    throw std::runtime_error(fmt::format("{}: {}", what, natsStatus_GetText(status)));
}

constexpr const char* kConsumer = "reader";

std::string subject_of(const Work& work) { return work.stream + ".x"; }

void weir_publish(const Work& work) {
  weir::Loop loop;
  const auto connection = weir::nats::connect(loop, work.url);
  auto out = weir::nats::create_publish_stream(*connection, subject_of(work));
  const weir::Buffer message = weir::Buffer::copy(std::string(work.size, 'x'));
  int left = work.count;
  Clock::time_point from;
  const std::function<void()> write = [&] {
    while (left > 0) {
      --left;
      if (!out->write(message)) return static_cast<void>(out->once<weir::Drain>(write));
    }
    out->end();
  };
  connection->on<weir::nats::Connected>([&] {
    from = Clock::now();
    write();
  });
  loop.run();
  report(work, from);
}

void weir_consume(const Work& work) {
  weir::Loop loop;
  const auto connection = weir::nats::connect(loop, work.url);
  weir::nats::ConsumeOptions options;
  options.acks = weir::nats::Acks::sent;
  options.high_water_mark = 1000;
  options.headers = false;  // as the loop below
  auto in = weir::nats::create_consume_stream(*connection, work.stream, kConsumer, options);
  int left = work.count;
  Clock::time_point from;
  connection->on<weir::nats::Connected>([&] { from = Clock::now(); });
  in->on<weir::DataOf<weir::nats::Message>>([&](const weir::DataOf<weir::nats::Message>& data) {
    data.chunk.ack();
    if (--left == 0) in->destroy();
  });
  loop.run();
  report(work, from);
}

struct Cnats {
  explicit Cnats(const Work& work) {
    require(natsConnection_ConnectTo(&connection, work.url.c_str()), "connect");
    jsOptions options;
    jsOptions_Init(&options);
    options.PublishAsync.MaxPending = 4096;
    require(natsConnection_JetStream(&jetstream, connection, &options), "jetstream");
  }
  ~Cnats() {
    jsCtx_Destroy(jetstream);
    natsConnection_Destroy(connection);
  }
  natsConnection* connection = nullptr;
  jsCtx* jetstream = nullptr;
};

// With message ids, as weir has them.
void cnats_publish(const Work& work) {
  const Cnats nats(work);
  const std::string message(work.size, 'x');
  const std::string subject = subject_of(work);
  const auto from = Clock::now();
  for (int i = 0; i < work.count; ++i) {
    const std::string id = fmt::format("{}-{}", from.time_since_epoch().count(), i);
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = id.c_str();
    require(js_PublishAsync(nats.jetstream, subject.c_str(), message.data(),
                            static_cast<int>(message.size()), &options),
            "publish");
  }
  jsPubOptions wait;
  jsPubOptions_Init(&wait);
  wait.MaxWait = 60'000;
  require(js_PublishAsyncComplete(nats.jetstream, &wait), "complete");
  report(work, from);
}

void cnats_consume(const Work& work) {
  const Cnats nats(work);
  natsSubscription* subscription = nullptr;
  const auto from = Clock::now();
  require(js_PullSubscribe(&subscription, nats.jetstream, subject_of(work).c_str(), kConsumer,
                           nullptr, nullptr, nullptr),
          "subscribe");
  for (int left = work.count; left > 0;) {
    natsMsgList list{};
    require(natsSubscription_Fetch(&list, subscription, std::min(left, 1000), 5000, nullptr),
            "fetch");
    for (int i = 0; i < list.Count; ++i) require(natsMsg_Ack(list.Msgs[i], nullptr), "ack");
    left -= list.Count;
    natsMsgList_Destroy(&list);
  }
  require(natsConnection_Flush(nats.connection), "flush");
  report(work, from);
  natsSubscription_Destroy(subscription);
}

void report_leader(std::string_view name) { fmt::print("{{\"leader\":\"{}\"}}\n", name); }

// Both programs find it.
void create_consumer(const Work& work) {
  const Cnats nats(work);
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = kConsumer;
  config.AckPolicy = js_AckExplicit;
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  require(js_AddConsumer(&info, nats.jetstream, work.stream.c_str(), &config, nullptr, &code),
          "create a consumer");
  const char* const leader = info->Cluster ? info->Cluster->Leader : nullptr;
  report_leader(leader ? leader : "");
  jsConsumerInfo_Destroy(info);
}

void create_stream(const Work& work) {
  weir::Loop loop;
  const auto connection = weir::nats::connect(loop, work.url);
  weir::nats::ensure_stream(*connection,
                            {.name = work.stream,
                             .subjects = {work.stream + ".>"},
                             .replicas = static_cast<int>(work.size)},
                            [](const weir::Error& error, const weir::nats::StreamInfo& info) {
                              if (error) throw error;
                              report_leader(info.leader);
                            });
  loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr,
               "usage: bench-nats create-stream|create-consumer|weir-publish|weir-consume|"
               "cnats-publish|cnats-consume URL STREAM N SIZE\n"
               "create-stream: SIZE is the number of replicas\n");
    return 2;
  }
  const std::string_view what = argv[1];
  const Work work{argv[2], argv[3], std::stoi(argv[4]), std::stoul(argv[5])};
  try {
    if (what == "create-stream") create_stream(work);
    if (what == "create-consumer") create_consumer(work);
    if (what == "weir-publish") weir_publish(work);
    if (what == "weir-consume") weir_consume(work);
    if (what == "cnats-publish") cnats_publish(work);
    if (what == "cnats-consume") cnats_consume(work);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
