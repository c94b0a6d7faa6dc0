// hrn-docgen ROOT: writes the generated documents into a source tree. For developers; not installed.
#include <fstream>
#include <iostream>
#include <string>

#include "shared/generated_docs.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: hrn-docgen ROOT\n";
        return 2;
    }
    for (const hrn::GeneratedDocument& document : hrn::generated_documents()) {
        const std::string path = std::string(argv[1]) + "/" + std::string(document.path);
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file << document.text();
        file.close();
        if (!file) {
            std::cerr << "hrn-docgen: " << path << " cannot be written\n";
            return 1;
        }
        std::cout << path << "\n";
    }
    return 0;
}
