#include "worker/hrn/core/texture_fit.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace hrn::core {
namespace {

constexpr double learning_rate = 0.01;
constexpr double beta1 = 0.9;
constexpr double beta2 = 0.999;
constexpr float epsilon = 1e-8F;
constexpr float photo_weight = 1.92F;
constexpr float softening = 1e-6F;
// Weight 10, twice, of differences squared (hence another 2) over 3 * 255 * 256 of them.
constexpr float smooth_weight = static_cast<float>(4.0 * 10.0 / 195840.0);
constexpr std::size_t row_floats = 3UL * uv_size;

Vec3 weighted(const TexturePixel& p, const Map& texture) {
    Vec3 sum;
    for (std::size_t k = 0; k < 4; ++k) {
        sum = sum + texture.vec3(static_cast<std::size_t>(p.texel[k])) * p.weight[k];
    }
    return sum;
}

// gradient[i] += smooth_weight * (sum of differences to the neighbours that exist), for one row. A neighbour
// that does not exist is given as the row itself: its difference is 0.
void add_smoothness(const float* row, const float* above, const float* below, float* gradient) {
    const auto both = [&](std::size_t i, float sideways) {
        gradient[i] += smooth_weight * ((row[i] - above[i]) + (row[i] - below[i]) + sideways);
    };
    for (std::size_t i = 0; i < 3; ++i) {
        both(i, row[i] - row[i + 3]);
    }
    for (std::size_t i = 3; i < row_floats - 3; ++i) {
        gradient[i] += smooth_weight * ((row[i] - above[i]) + (row[i] - below[i]) +
                                        ((row[i] - row[i - 3]) + (row[i] - row[i + 3])));
    }
    for (std::size_t i = row_floats - 3; i < row_floats; ++i) {
        both(i, row[i] - row[i - 3]);
    }
}

void adam(const float* gradient, const float* old_value, float* value, float* momentum, float* variance,
          const AdamStep& step) {
    constexpr auto b1 = static_cast<float>(beta1);
    constexpr auto b2 = static_cast<float>(beta2);
    constexpr auto c1 = static_cast<float>(1.0 - beta1);
    constexpr auto c2 = static_cast<float>(1.0 - beta2);
    for (std::size_t i = 0; i < row_floats; ++i) {
        const float g = gradient[i];
        const float m = b1 * momentum[i] + c1 * g;
        const float v = b2 * variance[i] + c2 * g * g;
        momentum[i] = m;
        variance[i] = v;
        value[i] = old_value[i] - step.size * (m / (std::sqrt(v) / step.variance_scale + epsilon));
    }
}

}  // namespace

AdamStep adam_step(int t) {
    return {static_cast<float>(learning_rate / (1.0 - std::pow(beta1, t))),
            static_cast<float>(std::sqrt(1.0 - std::pow(beta2, t)))};
}

TextureFit::TextureFit(std::span<const TexturePixel> pixels, const Map& start, const Map& target, Team& team)
    : team_(&team),
      start_(start),
      pixels_(pixels.begin(), pixels.end()),
      constant_(pixels.size()),
      pixel_gradient_(pixels.size()),
      pixel_loss_(pixels.size()),
      offset_(uv_size, uv_size, 3),
      next_offset_(uv_size, uv_size, 3),
      momentum_(start.values.size()),
      variance_(start.values.size()) {
    if (start.height != uv_size || start.width != uv_size || start.channels != 3 ||
        target.height != crop_size || target.width != crop_size || target.channels != 3) {
        throw std::invalid_argument("a texture fit needs a 256 x 256 texture and a 224 x 224 target");
    }
    for (std::size_t i = 0; i < pixels_.size(); ++i) {
        constant_[i] = weighted(pixels_[i], start_) - target.vec3(static_cast<std::size_t>(pixels_[i].pixel));
    }
    first_.assign(start_.pixels() + 1, 0);
    for (const TexturePixel& p : pixels_) {
        for (const std::int32_t t : p.texel) {
            ++first_[static_cast<std::size_t>(t) + 1];
        }
    }
    for (std::size_t t = 0; t < start_.pixels(); ++t) {
        first_[t + 1] += first_[t];
    }
    entries_.resize(4 * pixels_.size());
    std::vector<std::int32_t> next(first_.begin(), first_.end() - 1);
    for (std::size_t i = 0; i < pixels_.size(); ++i) {
        for (std::size_t k = 0; k < 4; ++k) {
            const auto t = static_cast<std::size_t>(pixels_[i].texel[k]);
            entries_[static_cast<std::size_t>(next[t]++)] = {static_cast<std::int32_t>(i),
                                                             pixels_[i].weight[k]};
        }
    }
}

void TextureFit::update_residuals() {
    const float scale = photo_weight / static_cast<float>(std::max<std::size_t>(pixels_.size(), 1));
    team_->over(pixels_.size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Vec3 r = constant_[i] + weighted(pixels_[i], offset_);
            const float loss = std::sqrt(softening + (r.x * r.x + r.y * r.y + r.z * r.z));
            pixel_loss_[i] = loss;
            pixel_gradient_[i] = r * (scale / loss);
        }
    });
}

void TextureFit::update_row(std::size_t row) {
    std::array<float, row_floats> gradient{};
    for (std::size_t column = 0; column < uv_size; ++column) {
        const std::size_t t = row * uv_size + column;
        Vec3 sum;
        for (auto e = static_cast<std::size_t>(first_[t]); e < static_cast<std::size_t>(first_[t + 1]); ++e) {
            sum = sum + pixel_gradient_[static_cast<std::size_t>(entries_[e].pixel)] * entries_[e].weight;
        }
        gradient[3 * column] = sum.x;
        gradient[3 * column + 1] = sum.y;
        gradient[3 * column + 2] = sum.z;
    }
    const std::size_t begin = row * row_floats;
    const float* own = offset_.values.data() + begin;
    add_smoothness(own, row > 0 ? own - row_floats : own, row + 1 < uv_size ? own + row_floats : own,
                   gradient.data());
    adam(gradient.data(), own, next_offset_.values.data() + begin, momentum_.data() + begin,
         variance_.data() + begin, adam_);
}

void TextureFit::step() {
    ++steps_done_;
    adam_ = adam_step(steps_done_);
    update_residuals();
    team_->over(uv_size, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            update_row(row);
        }
    });
    std::swap(offset_, next_offset_);
}

double TextureFit::photo_loss() const {
    double sum = 0;
    for (const float loss : pixel_loss_) {
        sum += loss;
    }
    return pixel_loss_.empty() ? 0.0 : sum / static_cast<double>(pixel_loss_.size());
}

Map TextureFit::texture() const {
    Map out = start_;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        out.values[i] += offset_.values[i];
    }
    return out;
}

}  // namespace hrn::core
