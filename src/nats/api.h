// Requests to JetStream: JSON in both directions.
#pragma once

#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/nats/connection.h>

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace weir::nats::internal {

using Answered = Function<void(Error, const nlohmann::json&)>;

// `call`: "STREAM.INFO.LOGS". `body`: null for none. A cluster that has no leader for the moment is
// asked again, for ten seconds.
// CALLS BACK: `answered` once, with the answer or an error of JetStream's.
void ask(Connection& connection, std::string call, const nlohmann::json& body, Answered answered);

// The error object of an answer: {"code": 404, "err_code": 10059, "description": "..."}.
Error from_answer(const nlohmann::json& error, std::string_view operation,
                  std::string_view subject);
// True if the same request may succeed a moment later.
bool is_passing(const nlohmann::json& error);
// Throws ERR_NATS_INVALID_ARGUMENT unless the name may be a token of a subject.
void require_name(std::string_view name, std::string_view operation);

}  // namespace weir::nats::internal
