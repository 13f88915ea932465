// terminal - keys and size of a terminal, until `q` is typed.
#include <weir/weir.h>

#include <string_view>

int main() {
  weir::Loop loop;
  const auto out = weir::standard_output(loop);
  const auto in = weir::standard_input(loop);
  if (!out->is_tty() || !in->is_tty()) {
    out->print("standard input is a {}, standard output a {}\n", to_string(in->kind()),
               to_string(out->kind()));
    loop.run();
    return 0;
  }
  const auto show_size = [&] {
    out->cursor_to(0);
    out->clear_line();
    out->print("{} by {}", *out->columns(), *out->rows());
  };
  out->on<weir::Resize>(show_size);
  show_size();
  in->set_raw_mode(true).on<weir::Data>([&](const weir::Data& data) {
    if (data.chunk.text().contains('q')) in->pause();  // ends the loop, which has no other work
  });
  loop.run();
  out->print("\n");
}
