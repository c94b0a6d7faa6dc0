// The texts that are generated from the table of keys: config/hrn.toml and docs/configuration.md.
#include <array>
#include <string>

#include "shared/config.hpp"
#include "shared/config_rows.hpp"
#include "shared/generated_docs.hpp"

namespace hrn {
namespace {

struct SectionHelp {
    std::string_view name, help;
};
constexpr std::array<SectionHelp, 14> kSections = {{
    {"service", "Folders, and what becomes of originals."},
    {"spool", "Which files are taken from incoming/, and when."},
    {"model", "What is computed."},
    {"workers", "Processes and devices."},
    {"scheduling", "Who gets the next image."},
    {"limits", "Time-outs, attempts, and what is refused."},
    {"restart", "After a worker died."},
    {"output", "What a result holds."},
    {"hooks", "Programs that are told about results."},
    {"retention", "When finished things are deleted."},
    {"simulated", "hrn-worker-sim, for model.kind = \"simulated\"."},
    {"metrics", "For Prometheus."},
    {"control", "Who may use the control socket."},
    {"log", "Messages."},
}};

std::string_view section_help(std::string_view name) {
    for (const SectionHelp& section : kSections) {
        if (section.name == name) {
            return section.help;
        }
    }
    return "";
}

std::string_view reload_text(Reload reload) {
    switch (reload) {
        case Reload::live:
            return "reload";
        case Reload::new_workers:
            return "reload (new workers)";
        case Reload::restart:
            return "restart";
    }
    return "restart";
}

std::string_view type_text(KeyType type) {
    switch (type) {
        case KeyType::text:
            return "text";
        case KeyType::choice:
            return "choice";
        case KeyType::integer:
            return "whole number";
        case KeyType::number:
            return "number";
        case KeyType::boolean:
            return "boolean";
        case KeyType::text_list:
            return "list of texts";
        case KeyType::number_list:
            return "list of numbers";
        case KeyType::integer_or_auto:
            return "whole number or \"auto\"";
        case KeyType::text_or_list:
            return "text or list";
        case KeyType::class_list:
            return "list of tables";
    }
    return "";
}

// "a|b|c" → "a, b, c"; "1..5" → "1 to 5".
std::string allowed_text(const ConfigKey& key) {
    std::string text(key.allowed);
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|')) {
        text.replace(at, 1, ", ");
    }
    if (const std::size_t dots = text.find(".."); dots != std::string::npos && text.find("...") != dots) {
        text.replace(dots, 2, " to ");
    }
    return key.unit.empty() ? text : text + " (" + std::string(key.unit) + ")";
}

// Breaks `text` into comment lines of at most 100 characters.
void append_comment(std::string& out, std::string_view text) {
    constexpr std::size_t kWidth = 98;
    while (!text.empty()) {
        std::size_t cut = text.size();
        if (cut > kWidth) {
            cut = text.rfind(' ', kWidth);
            cut = cut == std::string_view::npos ? text.size() : cut;
        }
        out.append("# ").append(text.substr(0, cut)).append("\n");
        text.remove_prefix(std::min(cut + 1, text.size()));
    }
}

// Text of a manual page: a backslash, a hyphen and a dot at a line's begin have a meaning of their own.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

}  // namespace

std::string example_toml() {
    std::string out =
        "# hrn: configuration. Every key with its default; a key that is left out has this value.\n"
        "# Generated from the table in shared/config_keys.cpp. Check a changed file with:\n"
        "#   hrn-supervisor --config FILE --check\n";
    std::string_view section;
    for (const ConfigKey& key : config_keys()) {
        if (key.section != section) {
            section = key.section;
            out.append("\n[").append(section).append("]\n");
            append_comment(out, section_help(section));
        }
        out += "\n";
        append_comment(out, key.help);
        append_comment(out, allowed_text(key) + "; applies after: " + std::string(reload_text(key.reload)));
        out.append(key.name).append(" = ").append(key.default_text).append("\n");
    }
    return out;
}

std::string configuration_markdown() {
    std::string out =
        "# Configuration\n\n"
        "TOML, found through `--config FILE`, else `HRN_CONFIG`, else `/etc/hrn/hrn.toml`. Every key has a\n"
        "default; `config/hrn.toml` is a file with all of them. `hrn-supervisor --config FILE --check` "
        "prints\n"
        "what is in force. An unknown key, a wrong type or an impossible value is one line with file, line "
        "and\n"
        "key, and exit status 2.\n\n"
        "*Applies after* says what makes a changed value count: `reload` (hrn-ctl reload, systemctl "
        "reload),\n"
        "`reload (new workers)` (a reload; workers that run already keep the old value until they are\n"
        "restarted), or a `restart` of the service.\n\n"
        "Generated from the table in `shared/config_keys.cpp` by `hrn-docgen`; a test compares.\n";
    std::string_view section;
    for (const ConfigKey& key : config_keys()) {
        if (key.section != section) {
            section = key.section;
            out.append("\n## [").append(section).append("]\n\n").append(section_help(section));
            out +=
                "\n\n| key | type | default | allowed | applies after |\n| --- | --- | --- | --- | --- |\n";
            // Two passes over a section: the table of facts first, the explanations below it.
            std::string help;
            for (const ConfigKey& row : config_keys()) {
                if (row.section != section) {
                    continue;
                }
                std::string allowed = allowed_text(row);
                out.append("| `").append(row.name).append("` | ").append(type_text(row.type)).append(" | `");
                out.append(row.default_text).append("` | ").append(allowed).append(" | ");
                out.append(reload_text(row.reload)).append(" |\n");
                help.append("- `").append(row.name).append("`: ").append(row.help).append("\n");
            }
            out.append("\n").append(help);
        }
    }
    return out;
}

std::string configuration_manual() {
    std::string out =
        ".\\\" Generated from the table in shared/config_keys.cpp by hrn-docgen; a test compares.\n"
        ".TH HRN.TOML 5 \"\" hrn \"HRN face reconstruction\"\n"
        ".SH NAME\nhrn.toml \\- configuration of the HRN face reconstruction service\n"
        ".SH SYNOPSIS\n.I /etc/hrn/hrn.toml\n"
        ".SH DESCRIPTION\n"
        "TOML, found through\n.BR \\-\\-config ,\nelse\n.BR HRN_CONFIG ,\nelse\n.IR /etc/hrn/hrn.toml .\n"
        "Every key has a default, shown here. An unknown key, a wrong type or an impossible value is one "
        "line "
        "with file,\nline and key, and exit status 2;\n.B hrn\\-supervisor \\-\\-check\nprints what is in "
        "force.\n.PP\n"
        "What each key applies after:\n.I reload\n(hrn\\-ctl reload, systemctl reload),\n"
        ".I reload (new workers)\n(a reload; running workers keep the old value until they are restarted), "
        "or "
        "a\n.I restart\nof the service.\n";
    std::string_view section;
    for (const ConfigKey& key : config_keys()) {
        if (key.section != section) {
            section = key.section;
            out.append(".SH [").append(section).append("]\n").append(roff(section_help(section)));
            out += "\n";
        }
        out.append(".TP\n\\fB")
            .append(key.name)
            .append("\\fR = ")
            .append(roff(key.default_text))
            .append("\n");
        out.append(roff(key.help)).append("\n.br\n");
        out.append(roff(type_text(key.type))).append(": ").append(roff(allowed_text(key)));
        out.append("; applies after: ").append(reload_text(key.reload)).append("\n");
    }
    out += ".SH SEE ALSO\n.BR hrn\\-supervisor (8),\n.BR hrn\\-ctl (1)\n";
    return out;
}

}  // namespace hrn
