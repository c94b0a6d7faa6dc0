// hrn-render RESULT_DIR -o PICTURE.png [--size N] [--views -35,0,35]
//
// Draws the mesh of a result directory: a row with its texture above a row in grey, one column per view
// (degrees of yaw). This is what makes the picture in the README.
//
// Exit status: 0 drawn, 1 a file is missing or broken (one line says which), 2 usage.
#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "worker/hrn/output/image_codec.hpp"
#include "worker/hrn/output/render.hpp"
#include "worker/hrn/output/tool/obj_reader.hpp"

namespace {

using hrn::output::ObjMesh;
using hrn::output::OutputError;
using hrn::output::Picture;

constexpr std::uint8_t background = 255;

ObjMesh load_mesh(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        throw OutputError(file.string() + ": cannot be opened");
    }
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    try {
        return hrn::output::read_obj(text);
    } catch (const OutputError& error) {
        throw OutputError(file.string() + ": " + error.what());
    }
}

Picture load_texture(const std::filesystem::path& folder) {
    for (const char* name : {"texture.jpg", "texture.png"}) {
        const auto file = folder / name;
        if (!std::filesystem::exists(file)) {
            continue;
        }
        cv::Mat rgb = cv::imread(file.string(), cv::IMREAD_COLOR);
        if (rgb.empty()) {
            throw OutputError(file.string() + ": is not a readable picture");
        }
        cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
        return {rgb.cols, rgb.rows, std::vector<std::uint8_t>(rgb.datastart, rgb.dataend)};
    }
    throw OutputError(folder.string() + ": has neither texture.jpg nor texture.png");
}

Picture draw_sheet(const ObjMesh& mesh, const Picture& texture, int size, const std::vector<float>& views) {
    const auto columns = static_cast<int>(views.size());
    Picture sheet = hrn::output::blank(columns * size, 2 * size, background);
    hrn::output::Look look = hrn::output::fit_to(mesh.view(), size);
    for (int column = 0; column < columns; ++column) {
        look.yaw_degrees = views[static_cast<std::size_t>(column)];
        for (int row = 0; row < 2; ++row) {
            Picture tile = hrn::output::blank(size, size, background);
            hrn::output::draw(mesh.view(), row == 0 ? &texture : nullptr, look, tile);
            hrn::output::paste(tile, column * size, row * size, sheet);
        }
    }
    return sheet;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Draws the mesh of a result directory, textured and grey"};
    std::string folder, picture, mesh_name = "mesh.obj";
    int size = 420;
    std::vector<float> views{-35, 0, 35};
    app.add_option("RESULT_DIR", folder, "a result directory with the mesh and its texture")->required();
    app.add_option("-o,--output", picture, "the PNG to write")->required();
    app.add_option("--mesh", mesh_name, "the OBJ inside the directory, e.g. mesh_detail.obj")
        ->capture_default_str();
    app.add_option("--size", size, "pixels of one view's side")
        ->check(CLI::Range(16, 4096))
        ->capture_default_str();
    app.add_option("--views", views, "degrees of yaw, e.g. -35,0,35")->delimiter(',')->expected(1, 16);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        const std::filesystem::path directory = folder;
        const Picture sheet =
            draw_sheet(load_mesh(directory / mesh_name), load_texture(directory), size, views);
        const std::string bytes = hrn::output::encode_png(sheet);
        std::ofstream out(picture, std::ios::binary);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!out.flush()) {
            throw OutputError(picture + ": cannot be written");
        }
    } catch (const std::exception& error) {
        std::cerr << "hrn-render: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
