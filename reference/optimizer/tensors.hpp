// The list of tensors that an optimizer steps over, expanded from its name by one pure function. Parameters, gradients and
// momenta of all tensors lie one behind the other in flat arrays. Header only: kernels use it, but link nothing from here.
//
// A name is `none`, a named layout, or items joined by '+', each a letter and its extents:
//   m7x5  matrix of 7 rows and 5 columns     e3x4  embedding table of 3 rows, each a group of its own
//   v5    vector: bias or shift of a norm    g5    gain of a norm, which shrinks towards 1 instead of 0
// Named layouts: ragged_<n> n tensors of awkward sizes and all kinds; many_<n> n tensors of 256 to 1024 numbers;
// gpt2_124m the 148 tensors of the 124M-parameter GPT-2; gpt2_124m@<f> the same with every extent divided by f, rounded up.
//
// A group is the unit of the root mean square: a tensor, or one row of an embedding table.
#pragma once

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace assay::optimizer {

// Sums and launches work in chunks of this many elements, counted from the start of a group; none crosses a group.
inline constexpr std::int64_t chunk_elements = 16384;

enum class TensorKind : std::uint8_t { matrix, vector, gain, embedding };

struct Tensor {
  TensorKind kind;
  std::int64_t rows, cols;
  std::int64_t offset, first_group; // where it starts in the flat arrays of elements and of groups

  std::int64_t size() const { return rows * cols; }
  std::int64_t groups() const { return kind == TensorKind::embedding ? rows : 1; }
  std::int64_t group_size() const { return kind == TensorKind::embedding ? cols : size(); }
  bool elementwise() const { return kind == TensorKind::vector || kind == TensorKind::gain; } // fixed rate, no decay
  double centre() const { return kind == TensorKind::gain ? 1 : 0; }                          // where shrinking leads
};

struct Layout {
  std::vector<Tensor> tensors;
  std::int64_t elements = 0, groups = 0;

  std::int64_t count() const { return static_cast<std::int64_t>(tensors.size()); }
  void add(TensorKind kind, std::int64_t rows, std::int64_t cols) {
    tensors.push_back({kind, rows, cols, elements, groups});
    elements += tensors.back().size();
    groups += tensors.back().groups();
  }
};

namespace detail {

// A decimal number at the start of `text`, which it removes; -1 if there is none, or none within the limit.
inline std::int64_t take_number(std::string_view& text) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || text.front() == '-' || value > most) return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

inline bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

[[noreturn]] inline void bad_layout(std::string_view name, const std::string& reason) {
  throw std::invalid_argument("tensors=" + std::string(name) + ": " + reason);
}

inline void add_item(Layout& list, std::string_view name, std::string_view& rest) {
  const std::string item(rest.substr(0, rest.find('+')));
  const char letter = rest.empty() ? ' ' : rest.front();
  const bool table = letter == 'm' || letter == 'e';
  if (!table && letter != 'v' && letter != 'g')
    bad_layout(name, "'" + item +
                         "' is no tensor; known are m<rows>x<cols>, e<rows>x<cols>, v<size>, g<size>, and the layouts none, ragged_<n>, "
                         "many_<n>, gpt2_124m, gpt2_124m@<f>");
  rest.remove_prefix(1);
  const std::int64_t rows = table ? take_number(rest) : 1;
  if (rows < 0 || (table && !take(rest, "x"))) bad_layout(name, "'" + item + "' needs extents such as " + letter + "7x5");
  const std::int64_t cols = take_number(rest);
  if (cols < 0) bad_layout(name, "'" + item + "' needs " + (table ? "a number of columns" : "a size"));
  if (letter == 'e' && rows == 0) bad_layout(name, "'" + item + "' has no row; an embedding table needs one");
  if (cols > 0 && rows > (std::int64_t{1} << 40) / cols) bad_layout(name, "'" + item + "' has more than 2^40 elements");
  list.add(letter == 'm'   ? TensorKind::matrix
           : letter == 'e' ? TensorKind::embedding
           : letter == 'v' ? TensorKind::vector
                           : TensorKind::gain,
           rows, cols);
}

// Sizes around vector widths and the chunk, and primes; every kind.
inline void add_ragged(Layout& list, std::int64_t count) {
  constexpr std::int64_t sizes[] = {1, 31, 7, 257, 5, 63, 16385, 33, 13, 64, 4099};
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t size = sizes[i % 11];
    switch (i % 5) {
      case 0: list.add(TensorKind::matrix, 3, size); break;
      case 1: list.add(TensorKind::vector, 1, size); break;
      case 2: list.add(TensorKind::embedding, 3, size); break;
      case 3: list.add(TensorKind::gain, 1, size); break;
      default: list.add(TensorKind::matrix, size, 1);
    }
  }
}

inline void add_many(Layout& list, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t size = 256 + i * 97 % 769;
    if (i % 4 == 1)
      list.add(TensorKind::vector, 1, size);
    else if (i % 4 == 2)
      list.add(TensorKind::gain, 1, size);
    else
      list.add(TensorKind::matrix, 1, size);
  }
}

inline void add_gpt2(Layout& list, std::int64_t factor) {
  const auto part = [=](std::int64_t extent) { return (extent + factor - 1) / factor; };
  const std::int64_t width = part(768), wide = part(3072);
  const auto norm = [&] {
    list.add(TensorKind::gain, 1, width);
    list.add(TensorKind::vector, 1, width);
  };
  const auto linear = [&](std::int64_t rows, std::int64_t cols) {
    list.add(TensorKind::matrix, rows, cols);
    list.add(TensorKind::vector, 1, cols);
  };
  list.add(TensorKind::embedding, part(50257), width); // tokens
  list.add(TensorKind::embedding, part(1024), width);  // positions
  for (int block = 0; block < 12; ++block) {
    norm();
    linear(width, 3 * width); // query, key and value in one
    linear(width, width);
    norm();
    linear(width, wide);
    linear(wide, width);
  }
  norm();
}

} // namespace detail

// Throws std::invalid_argument with the name and the reason.
inline Layout layout(std::string_view name) {
  Layout list;
  std::string_view rest = name;
  std::int64_t count = 1;
  if (rest == "none") return list;
  if (detail::take(rest, "ragged_")) {
    count = detail::take_number(rest);
    if (count >= 1 && count <= 100'000) detail::add_ragged(list, count);
  } else if (detail::take(rest, "many_")) {
    count = detail::take_number(rest);
    if (count >= 1 && count <= 100'000) detail::add_many(list, count);
  } else if (detail::take(rest, "gpt2_124m")) {
    if (detail::take(rest, "@")) count = detail::take_number(rest);
    if (count >= 1 && count <= 100'000) detail::add_gpt2(list, count);
  } else {
    detail::add_item(list, name, rest);
    while (detail::take(rest, "+")) detail::add_item(list, name, rest);
    if (list.elements > (std::int64_t{1} << 40)) detail::bad_layout(name, "more than 2^40 elements in all");
  }
  if (list.tensors.empty()) detail::bad_layout(name, "the number must be from 1 to 100000");
  if (!rest.empty()) detail::bad_layout(name, "cannot read '" + std::string(rest) + "'");
  return list;
}

} // namespace assay::optimizer
