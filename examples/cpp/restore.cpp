// Restores a picture from C++:
//
//   restore IN.ppm OUT.ppm [name=value ...]
//
// with any parameter of the table, such as task=denoise noise=25. Build it with
//
//   c++ -std=c++17 restore.cpp $(pkg-config --cflags --libs dcdp)
#include <dcdp.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "../c/ppm.h"

namespace {

struct picture {
    int width = 0, height = 0;
    std::vector<unsigned char> samples;

    dcdp::image image() { return {samples, width, height, 3}; }
};

picture read(const char *path)
{
    ppm file{};
    if (!ppm_read(path, &file))
        throw std::runtime_error("no picture to restore");
    const std::unique_ptr<unsigned char, void (*)(void *)> owner(file.samples, std::free);
    const auto bytes = static_cast<std::size_t>(file.width) * static_cast<std::size_t>(file.height) * 3;
    return {file.width, file.height, {file.samples, file.samples + bytes}};
}

void write(const char *path, picture &result)
{
    const ppm file{result.width, result.height, result.samples.data()};
    if (!ppm_write(path, &file))
        throw std::runtime_error("the result is not written");
}

void run(int count, char **arguments)
{
    dcdp::options options;
    for (int i = 3; i < count; ++i) {
        const std::string assignment = arguments[i];
        const auto equals = assignment.find('=');
        options.set(assignment.substr(0, equals), equals == std::string::npos ? "" : assignment.substr(equals + 1));
    }
    picture in = read(arguments[1]), out;
    const dcdp::size size = options.output_size(in.width, in.height);
    out.width = size.width;
    out.height = size.height;
    out.samples.resize(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3);

    dcdp::context context;
    const dcdp_estimate_info estimate = context.estimate(options, in.width, in.height);
    std::cout << estimate.network_calls << " network calls, about " << estimate.megabytes << " MB\n";
    context.restore(options, in.image(), out.image(), [](const dcdp_progress &progress) {
        std::cout << '\r' << static_cast<int>(100 * progress.fraction) << " %" << std::flush;
        return true; // go on
    });
    std::cout << '\n';
    write(arguments[2], out);
}

} // namespace

int main(int count, char **arguments)
{
    if (count < 3) {
        for (const dcdp_parameter &parameter : dcdp::parameters())
            std::cout << parameter.name << ": " << parameter.hint << '\n';
        return 2;
    }
    try {
        run(count, arguments);
    } catch (const std::exception &exception) {
        std::cerr << exception.what() << '\n';
        return 1;
    }
    dcdp_shutdown();
    return 0;
}
