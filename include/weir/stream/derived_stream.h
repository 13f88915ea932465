// weir/stream/derived_stream.h - DerivedStream: the base class of your own stream classes.
//
//   class Socket : public weir::DerivedStream<Socket, weir::Duplex, Connect, Timeout> { ... };
//
//   socket->resume().set_encoding("utf8").end("bye");       // each returns the Socket
//
// The class emits the events of Base, and More. Functions of Base that return the stream return a
// Self, so calls can be chained in any order.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/encoding.h>
#include <weir/base/error.h>
#include <weir/event/emitter.h>

#include <concepts>
#include <utility>

namespace weir {

class ReadableBase;
class Stream;
class WritableBase;
template <class C>
class BasicWritable;

namespace internal {

// The chunk type of the stream, which a braced argument of `end` initializes.
struct NoChunk {};
NoChunk last_chunk(const void* stream);
template <class C>
C last_chunk(const BasicWritable<C>* stream);
template <class S>
using LastChunk = decltype(last_chunk(std::declval<const S*>()));

template <class Self, class Base>
class ReturnsSelf : public Base {
  static constexpr bool kReads = std::derived_from<Base, ReadableBase>;
  static constexpr bool kWrites = std::derived_from<Base, WritableBase>;

 public:
  // Each calls Base's function of the same name.

  Self& destroy(Error error = {}, Callback destroyed = {}) {
    Base::Stream::destroy(std::move(error), std::move(destroyed));
    return self();
  }

  Self& resume()
    requires kReads
  {
    Base::ReadableBase::resume();
    return self();
  }
  Self& pause()
    requires kReads
  {
    Base::ReadableBase::pause();
    return self();
  }
  Self& unpipe(Stream& destination)
    requires kReads
  {
    Base::ReadableBase::unpipe(destination);
    return self();
  }
  Self& unpipe()
    requires kReads
  {
    Base::ReadableBase::unpipe();
    return self();
  }
  Self& set_encoding(EncodingName encoding)
    requires requires(Base& base) { base.set_encoding(encoding); }
  {
    Base::set_encoding(encoding);
    return self();
  }

  Self& end(Callback callback = {})
    requires kWrites
  {
    Base::WritableBase::end(std::move(callback));
    return self();
  }
  template <class Last = LastChunk<Base>, class... More>
    requires(!std::convertible_to<Last, Callback>) &&
            requires(Base& base, Last&& last, More&&... more) {
              base.end(std::forward<Last>(last), std::forward<More>(more)...);
            }
  Self& end(Last&& last, More&&... more) {
    Base::end(std::forward<Last>(last), std::forward<More>(more)...);
    return self();
  }
  Self& set_default_encoding(EncodingName encoding)
    requires requires(Base& base) { base.set_default_encoding(encoding); }
  {
    Base::set_default_encoding(encoding);
    return self();
  }

 protected:
  using Base::Base;

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace internal

template <class Self, class Base, class... More>
class DerivedStream : public internal::ReturnsSelf<Self, EmitsMore<Self, Base, More...>> {
 protected:
  using DerivedStream::ReturnsSelf::ReturnsSelf;
};

}  // namespace weir
