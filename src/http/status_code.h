// Named status codes of the layer.
#pragma once

namespace weir::http {

constexpr int kContinue = 100;
constexpr int kSwitchingProtocols = 101;
constexpr int kProcessing = 102;
constexpr int kEarlyHints = 103;
constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kNoContent = 204;
constexpr int kResetContent = 205;
constexpr int kPartialContent = 206;
constexpr int kMultipleChoices = 300;
constexpr int kMovedPermanently = 301;
constexpr int kNotModified = 304;
constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kRequestTimeout = 408;
constexpr int kConflict = 409;
constexpr int kPreconditionFailed = 412;
constexpr int kPayloadTooLarge = 413;
constexpr int kUnsupportedMediaType = 415;
constexpr int kRangeNotSatisfiable = 416;
constexpr int kInternalServerError = 500;
constexpr int kNotImplemented = 501;
constexpr int kServiceUnavailable = 503;
constexpr int kInsufficientStorage = 507;

}  // namespace weir::http
