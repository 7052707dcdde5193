import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout
from conan.tools.scm import Version

required_conan_version = ">=2.1"


class Tenon(ConanFile):
    name = "tenon"
    description = "Neural networks as C++20 types"
    license = "MIT"
    topics = ("neural-network", "machine-learning", "constexpr", "simd", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"scalar": [True, False]}
    default_options = {"scalar": False, "boost/*:header_only": True}
    exports_sources = "include/*", "LICENSE"
    no_copy_source = True

    def set_version(self):
        project = load(self, os.path.join(self.recipe_folder, "CMakeLists.txt"))
        self.version = re.search(r"project\(tenon VERSION ([\d.]+)", project)[1]

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("boost/[>=1.74 <2]")
        if not self.options.scalar:
            self.requires("xsimd/[>=8.1 <15]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)
        compiler, version = self.settings.compiler, self.settings.compiler.version
        minimum = {"gcc": "12", "clang": "16", "apple-clang": "16"}.get(str(compiler))
        if not minimum or Version(version) < minimum:
            raise ConanInvalidConfiguration(f"tenon needs g++ 12, clang 16 or newer, not {compiler} {version}.")

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "tenon")
        self.cpp_info.set_property("cmake_target_name", "tenon::tenon")
        self.cpp_info.set_property("pkg_config_name", "tenon")
        self.cpp_info.requires = ["boost::headers"]
        if self.options.scalar:
            self.cpp_info.defines = ["TENON_SCALAR"]
        else:
            self.cpp_info.requires.append("xsimd::xsimd")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
