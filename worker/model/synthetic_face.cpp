#include "worker/model/synthetic_face.hpp"

#include <algorithm>
#include <cmath>

#include "worker/model/parallel.hpp"
#include "worker/model/synthetic_numbers.hpp"
#include "worker/model/synthetic_shapes.hpp"

namespace hrn::model {
namespace {

// u of grid column 0, and the grid's spacing in u and v at n = 189: no centre of a 256x256 pixel lies within
// 1/96 of a cell of any triangle's edge.
constexpr double kUvFirst = (16.5 - 1.0 / 81.0) / 256.0;
constexpr double kUvStep = 32.0 / 27.0 / 256.0;

double bump(double p, double q, double p0, double q0, double rp, double rq) {
    const double a = (p - p0) / rp;
    const double b = (q - q0) / rq;
    const double t = std::max(0.0, 1.0 - a * a - b * b);
    return t * t * t;
}

std::vector<std::vector<double>> chebyshev(const std::vector<double>& x, int order) {
    std::vector<std::vector<double>> t{std::vector<double>(x.size(), 1.0), x};
    for (int k = 2; k < order; ++k) {
        std::vector<double> next(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
            next[i] = 2.0 * x[i] * t.back()[i] - t[t.size() - 2][i];
        }
        t.push_back(std::move(next));
    }
    return t;
}

}  // namespace

std::vector<double> grid_axis(int n) {
    std::vector<double> axis;
    axis.reserve(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) {
        axis.push_back(static_cast<double>(i) * 2.0 / (n - 1) - 1.0);
    }
    return axis;
}

std::vector<double> face_template(int n) {
    const auto axis = grid_axis(n);
    std::vector<double> out;
    out.reserve(static_cast<std::size_t>(n) * static_cast<std::size_t>(n) * 3);
    for (const double q : axis) {
        for (const double p : axis) {
            const double width = 0.82 - 0.10 * q * q + 0.07 * q;
            const double x = width * p * (1.0 - 0.06 * p * p);
            const double y = 0.98 * q * (1.0 - 0.10 * p * p) + 0.0 * p;
            double z = 0.80 * std::sqrt(1.60 - 0.95 * p * p - 0.45 * q * q);
            for (const auto& b : shapes::depth_bumps) {
                z = z + b.height * bump(p, q, b.p, b.q, b.radius_p, b.radius_q);
            }
            out.insert(out.end(), {x + 0.0 * q, y, z});
        }
    }
    return out;
}

std::vector<std::array<std::int32_t, 3>> face_triangles(int n) {
    std::vector<std::array<std::int32_t, 3>> out;
    for (int row = 0; row < n - 1; ++row) {
        for (int column = 0; column < n - 1; ++column) {
            const int a = row * n + column;
            out.push_back({a, a + 1, a + n});
            out.push_back({a + 1, a + n + 1, a + n});
        }
    }
    return out;
}

std::vector<std::int32_t> face_point_buffer(int n) {
    const auto triangles = face_triangles(n);
    const auto vertices = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    std::vector<std::int32_t> out(vertices * 8, static_cast<std::int32_t>(triangles.size()));
    std::vector<std::size_t> fill(vertices, 0);
    for (std::size_t face = 0; face < triangles.size(); ++face) {
        for (const auto corner : triangles[face]) {
            const auto vertex = static_cast<std::size_t>(corner);
            out[vertex * 8 + fill[vertex]++] = static_cast<std::int32_t>(face);
        }
    }
    return out;
}

std::vector<float> face_uvs(int n) {
    const double step = kUvStep * 188.0 / (n - 1);
    std::vector<float> axis;
    axis.reserve(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) {
        axis.push_back(static_cast<float>(kUvFirst + static_cast<double>(i) * step));
    }
    std::vector<float> out;
    for (const float v : axis) {
        for (const float u : axis) {
            out.insert(out.end(), {u, v});
        }
    }
    return out;
}

std::vector<std::int64_t> face_landmarks(int n) {
    const auto nearest = [n](double coordinate) {
        return static_cast<std::int64_t>(std::floor((coordinate + 1.0) / 2.0 * (n - 1) + 0.5));
    };
    std::vector<std::int64_t> out;
    for (const auto& [p, q] : shapes::landmarks()) {
        out.push_back(nearest(q) * n + nearest(p));
    }
    return out;
}

std::vector<double> texel_axis(int size) {
    std::vector<double> axis;
    for (int i = 0; i < size; ++i) {
        const double centre = (static_cast<double>(i) + 0.5) / size;
        axis.push_back(std::min(std::max((centre - kUvFirst) / (kUvStep * 94.0) - 1.0, -1.0), 1.0));
    }
    return axis;
}

std::vector<float> mean_texture(int size) {
    const auto axis = texel_axis(size);
    std::vector<float> out;
    out.reserve(axis.size() * axis.size() * 3);
    for (auto q = axis.rbegin(); q != axis.rend(); ++q) {
        for (const double p : axis) {
            for (std::size_t channel = 0; channel < 3; ++channel) {
                double value = shapes::skin[channel] + (6.0 * *q - 4.0 * p * p);
                for (const auto& b : shapes::colour_bumps) {
                    value = value + b.colour[channel] * bump(p, *q, b.p, b.q, b.radius_p, b.radius_q);
                }
                out.push_back(static_cast<float>(std::min(std::max(value, 10.0), 245.0)));
            }
        }
    }
    return out;
}

std::vector<float> basis(const BasisRule& rule, const std::vector<double>& xs, const std::vector<double>& ys,
                         std::uint64_t seed) {
    const auto count = static_cast<std::size_t>(rule.count);
    const auto side = static_cast<std::size_t>(rule.side);
    const auto c = synthetic_tensor(rule.file, rule.tensor, 3 * rule.count, -1.0, 1.0, seed);
    const auto tx = chebyshev(xs, rule.side);
    const auto ty = chebyshev(ys, (rule.count + rule.side - 1) / rule.side);
    // weight[channel * count + k]
    std::vector<double> weight(c.size());
    for (std::size_t at = 0; at < c.size(); ++at) {
        const std::size_t k = at % count, down = k / side, across = k % side;
        weight[at] = rule.scale * static_cast<double>(c[at]) /
                     (1.0 + static_cast<double>(across) + static_cast<double>(down));
    }
    std::vector<float> out(ys.size() * xs.size() * weight.size());
    parallel_for(ys.size(), [&](std::size_t y) {
        float* to = out.data() + y * xs.size() * weight.size();
        for (std::size_t x = 0; x < xs.size(); ++x) {
            for (std::size_t at = 0; at < weight.size(); ++at) {
                const std::size_t k = at % count;
                *to++ = static_cast<float>(weight[at] * tx[k % side][x] * ty[k / side][y]);
            }
        }
    });
    return out;
}

}  // namespace hrn::model
