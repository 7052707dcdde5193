import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, get
from conan.tools.layout import basic_layout
from conan.tools.scm import Version

required_conan_version = ">=2.1"


class TenonConan(ConanFile):
    name = "tenon"
    description = "Neural networks as C++20 types"
    license = "MIT"
    url = "https://github.com/conan-io/conan-center-index"
    homepage = "@homepage@"
    topics = ("neural-network", "machine-learning", "constexpr", "simd", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"scalar": [True, False]}
    default_options = {"scalar": False, "boost/*:header_only": True}
    no_copy_source = True

    @property
    def _minimum_compilers(self):
        return {"gcc": "12", "clang": "16", "apple-clang": "16"}

    def layout(self):
        basic_layout(self, src_folder="src")

    def requirements(self):
        self.requires("boost/1.90.0")
        if not self.options.scalar:
            self.requires("xsimd/14.0.0")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)
        compiler, version = str(self.settings.compiler), self.settings.compiler.version
        if compiler not in self._minimum_compilers or Version(version) < self._minimum_compilers[compiler]:
            raise ConanInvalidConfiguration(f"{self.ref} needs g++ 12, clang 16 or newer, not {compiler} {version}.")

    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)

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
