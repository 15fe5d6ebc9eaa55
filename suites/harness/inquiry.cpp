#include "suites/harness/inquiry.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <stdexcept>

#include "suites/harness/cases.hpp"

namespace assay {

std::vector<Claim>& claims() {
  static std::vector<Claim> list;
  return list;
}

std::vector<LawEntry>& laws() {
  static std::vector<LawEntry> list;
  return list;
}

std::vector<CaseEntry>& cases() {
  static std::vector<CaseEntry> list;
  return list;
}

void Inquiry::check(Check check) { checks.push_back(std::move(check)); }

void Inquiry::row(std::string_view name, std::initializer_list<std::pair<std::string_view, double>> values) {
  auto found = std::find_if(series.begin(), series.end(), [&](const Series& one) { return one.name == name; });
  if (found == series.end()) {
    Series fresh{std::string(name), {}, {}};
    for (const auto& [column, value] : values) fresh.columns.emplace_back(column);
    found = series.insert(series.end(), std::move(fresh));
  }
  std::vector<double> row;
  for (const auto& [column, value] : values) {
    if (row.size() >= found->columns.size() || found->columns[row.size()] != column)
      throw std::logic_error("series " + found->name + ": a row has column '" + std::string(column) + "', which the first row lacks there");
    row.push_back(value);
  }
  if (row.size() != found->columns.size()) throw std::logic_error("series " + found->name + ": a row is shorter than the first");
  found->rows.push_back(std::move(row));
}

Check identity(std::string what, double left, double right, double slack) { return {std::move(what), std::fabs(left - right), 0, slack}; }

Check golden(std::string what, double measured, std::string_view published, double slack) {
  const std::string text(published);
  std::size_t read = 0;
  const double number = std::stod(text, &read);
  if (read != text.size()) throw std::logic_error("'" + text + "' is no number");
  const std::size_t exponent = std::min(text.find_first_of("eE"), text.size()), point = std::min(text.find('.'), exponent);
  const auto digits = static_cast<double>(exponent - std::min(point + 1, exponent)); // behind the point
  const double unit = std::pow(10.0, (exponent < text.size() ? std::stod(text.substr(exponent + 1)) : 0) - digits);
  Check check = identity(std::move(what), measured, number, unit / 2 + slack);
  check.published = text;
  check.measured = measured;
  return check;
}

Check inequality(std::string what, double left, double right, double slack) { return {std::move(what), left, right, slack}; }

Check identity(std::string what, math::Estimate left, math::Estimate right) {
  return identity(std::move(what), left.value, right.value, left.error + right.error);
}
Check golden(std::string what, math::Estimate measured, std::string_view published) {
  return golden(std::move(what), measured.value, published, measured.error);
}
Check inequality(std::string what, math::Estimate left, math::Estimate right) {
  return inequality(std::move(what), left.value + left.error, right.value - right.error);
}

Check bitwise(std::string what, std::int64_t differing) { return {std::move(what), static_cast<double>(differing), 0, 0}; }

Check sampled(std::string what, double z, double alpha) { return {std::move(what), std::fabs(z), 0, normal_threshold(alpha), alpha}; }

Check slope(std::string what, const std::vector<double>& x, const std::vector<double>& y, double predicted, double slack) {
  return identity(std::move(what), least_squares_slope(x, y), predicted, slack);
}

double least_squares_slope(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xy / xx;
}

double normal_threshold(double alpha) { return boost::math::quantile(boost::math::complement(boost::math::normal(), alpha / 2)); }

} // namespace assay
