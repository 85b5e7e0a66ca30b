// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "apps/sightline/commands.hpp"
#include "config/describe.hpp"
#include "config/loader.hpp"

namespace sightline::apps {

void add_validate(CLI::App& app, Action& run) {
    struct Arguments {
        std::string file;
        bool quiet = false;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command =
        app.add_subcommand("validate", "check a configuration file and print what it means (exit 0 good, 3 not)");
    command->add_option("CONFIG", arguments->file, "the YAML file")->required();
    command->add_flag("--quiet", arguments->quiet, "say nothing about a good file");
    command->callback([arguments, &run] {
        run = [arguments] {
            const config::Surroundings around = surroundings();
            const auto loaded = config::load(arguments->file, around);
            if (!loaded) {
                for (const std::string& problem : loaded.error()) fmt::print(stderr, "{}\n", problem);
                return 3;
            }
            if (!arguments->quiet) fmt::print("{}", config::describe(*loaded, around));
            return 0;
        };
    });
}

}  // namespace sightline::apps
