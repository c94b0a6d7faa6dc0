#include "worker/hrn/core/landmark_fit.hpp"

#include <cmath>
#include <limits>

#include "worker/hrn/core/dense_solver.hpp"
#include "worker/hrn/core/pose.hpp"

namespace hrn::core {
namespace {

constexpr std::size_t pose_count = 6;      // angles, translation
constexpr std::size_t jaw_landmarks = 17;  // slide along the cheek when the head turns: trusted less
constexpr double jaw_weight = 0.3;
constexpr double landmark_sigma = 2.0;  // pixels; coefficients have a spread of 1
constexpr int pose_rounds = 30;
constexpr int all_rounds = 30;
constexpr std::size_t nose_tip = 30;

double weight_of(std::size_t landmark) {
    const double weight = landmark < jaw_landmarks ? jaw_weight : 1.0;
    return weight / (landmark_sigma * landmark_sigma);
}

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

Matrix product(const Matrix& a, const Matrix& b) {
    Matrix out{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            out[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
        }
    }
    return out;
}

Vector product(const Matrix& a, const Vector& v) {
    Vector out{};
    for (std::size_t i = 0; i < 3; ++i) {
        out[i] = a[i][0] * v[0] + a[i][1] * v[1] + a[i][2] * v[2];
    }
    return out;
}

// Rotation about one axis, or its derivative by the angle.
Matrix about(std::size_t axis, double angle, bool derivative) {
    const double c = derivative ? -std::sin(angle) : std::cos(angle);
    const double s = derivative ? std::cos(angle) : std::sin(angle);
    Matrix out{};
    const std::size_t u = (axis + 1) % 3;
    const std::size_t v = (axis + 2) % 3;
    out[axis][axis] = derivative ? 0 : 1;
    out[u][u] = c;
    out[v][v] = c;
    out[u][v] = -s;
    out[v][u] = s;
    return out;
}

// Rz(c) Ry(b) Rx(a) for column vectors, the factor `derived` (0..2; 3: none) replaced by its derivative.
Matrix rotation(const Vector& angles, std::size_t derived) {
    return product(about(2, angles[2], derived == 2),
                   product(about(1, angles[1], derived == 1), about(0, angles[0], derived == 0)));
}

}  // namespace

struct LandmarkFit::Unknowns {
    Vector angles{};
    Vector translation{};
    std::array<double, shape_count> shape{};
};

LandmarkFit::LandmarkFit(const FaceModel& model) : rows_(3 * landmark_count) {
    for (std::size_t i = 0; i < landmark_count; ++i) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            const std::size_t row = 3 * static_cast<std::size_t>(model.landmarks[i]) + axis;
            mean_[i][axis] = model.mean[row];
            for (std::size_t k = 0; k < shape_count; ++k) {
                rows_[3 * i + axis][k] = model.basis.values[k * model.basis.rows + row];
            }
        }
    }
}

std::array<double, 3> LandmarkFit::model_point(std::size_t landmark, const Unknowns& at) const {
    Vector point = mean_[landmark];
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto& row = rows_[3 * landmark + axis];
        for (std::size_t k = 0; k < shape_count; ++k) {
            point[axis] += row[k] * at.shape[k];
        }
    }
    return point;
}

double LandmarkFit::cost(const Unknowns& at, std::span<const float, 136> landmarks) const {
    const Matrix r = rotation(at.angles, 3);
    double sum = 0;
    for (std::size_t i = 0; i < landmark_count; ++i) {
        const Vector p = product(r, model_point(i, at));
        const double depth = camera_distance - (p[2] + at.translation[2]);
        if (!(depth > 0.1)) {  // behind the camera: never an improvement
            return std::numeric_limits<double>::infinity();
        }
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const double predicted = focal_length * (p[axis] + at.translation[axis]) / depth + image_centre;
            const double residual = landmarks[2 * i + axis] - predicted;
            sum += weight_of(i) * residual * residual;
        }
    }
    for (const double c : at.shape) {
        sum += c * c;
    }
    return sum;
}

// One step over the first `unknowns` of (angles, translation, shape). False when nothing better was found.
bool LandmarkFit::improve(Unknowns& at, std::span<const float, 136> landmarks, std::size_t unknowns,
                          double& damping) const {
    NormalEquations equations(unknowns);
    const Matrix r = rotation(at.angles, 3);
    std::array<Matrix, 3> by_angle;
    for (std::size_t k = 0; k < 3; ++k) {
        by_angle[k] = rotation(at.angles, k);
    }
    std::array<std::vector<double>, 2> row = {std::vector<double>(unknowns), std::vector<double>(unknowns)};
    for (std::size_t i = 0; i < landmark_count; ++i) {
        const Vector model = model_point(i, at);
        const Vector p = product(r, model);
        const Vector world = {p[0] + at.translation[0], p[1] + at.translation[1], p[2] + at.translation[2]};
        const double depth = camera_distance - world[2];
        // The derivative of the pixel for a motion of the world point; depth shrinks as z grows.
        const auto derive = [&](std::size_t unknown, const Vector& motion) {
            for (std::size_t axis = 0; axis < 2; ++axis) {
                row[axis][unknown] = focal_length / depth * (motion[axis] + world[axis] / depth * motion[2]);
            }
        };
        for (std::size_t k = 0; k < 3; ++k) {
            derive(k, product(by_angle[k], model));
            Vector motion{};
            motion[k] = 1;
            derive(3 + k, motion);
        }
        for (std::size_t k = pose_count; k < unknowns; ++k) {
            const std::size_t c = k - pose_count;
            derive(k, product(r, Vector{rows_[3 * i][c], rows_[3 * i + 1][c], rows_[3 * i + 2][c]}));
        }
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const double predicted = focal_length * world[axis] / depth + image_centre;
            equations.add(row[axis], landmarks[2 * i + axis] - predicted, weight_of(i));
        }
    }
    for (std::size_t k = pose_count; k < unknowns; ++k) {
        equations.add_prior(k, -at.shape[k - pose_count], 1.0);
    }
    const double before = cost(at, landmarks);
    std::vector<double> step(unknowns);
    // NOLINTNEXTLINE(clang-analyzer-security.FloatLoopCounter): powers of ten, and a bound far from any
    for (; damping < 1e6; damping *= 10) {
        if (!equations.solve(damping, step)) {
            continue;
        }
        Unknowns next = at;
        for (std::size_t k = 0; k < unknowns; ++k) {
            double& value = k < 3            ? next.angles[k]
                            : k < pose_count ? next.translation[k - 3]
                                             : next.shape[k - pose_count];
            value += step[k];
        }
        const double after = cost(next, landmarks);
        if (after < before) {
            at = next;
            damping = damping / 10;
            return before - after > 1e-9 * before;
        }
    }
    return false;
}

Coefficients LandmarkFit::fit(std::span<const float, 136> landmarks) const {
    // Start with a frontal face whose nose tip lies on the landmark, at the distance for which the crop was
    // made.
    Unknowns at;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const double depth = camera_distance - mean_[nose_tip][2];
        at.translation[axis] =
            (landmarks[2 * nose_tip + axis] - image_centre) * depth / focal_length - mean_[nose_tip][axis];
    }
    Coefficients out{};
    if (!std::isfinite(cost(at, landmarks))) {
        out.fill(std::numeric_limits<float>::quiet_NaN());
        return out;
    }
    double damping = 1e-3;
    for (int round = 0; round < pose_rounds && improve(at, landmarks, pose_count, damping); ++round) {
    }
    damping = 1e-3;
    for (int round = 0; round < all_rounds && improve(at, landmarks, pose_count + shape_count, damping);
         ++round) {
    }
    for (std::size_t k = 0; k < shape_count; ++k) {
        out[k] = static_cast<float>(at.shape[k]);
    }
    for (std::size_t k = 0; k < 3; ++k) {
        out[angles_at + k] = static_cast<float>(at.angles[k]);
        out[translation_at + k] = static_cast<float>(at.translation[k]);
    }
    return out;
}

double LandmarkFit::reprojection_error(const Coefficients& coefficients,
                                       std::span<const float, 136> landmarks) const {
    Unknowns at;
    for (std::size_t k = 0; k < shape_count; ++k) {
        at.shape[k] = coefficients[k];
    }
    for (std::size_t k = 0; k < 3; ++k) {
        at.angles[k] = coefficients[angles_at + k];
        at.translation[k] = coefficients[translation_at + k];
    }
    const Matrix r = rotation(at.angles, 3);
    double sum = 0;
    for (std::size_t i = 0; i < landmark_count; ++i) {
        const Vector p = product(r, model_point(i, at));
        const double depth = camera_distance - (p[2] + at.translation[2]);
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const double d = landmarks[2 * i + axis] -
                             (focal_length * (p[axis] + at.translation[axis]) / depth + image_centre);
            sum += d * d;
        }
    }
    return std::sqrt(sum / landmark_count);
}

}  // namespace hrn::core
