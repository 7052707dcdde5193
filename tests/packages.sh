# Sourced by tests/run and .ci/run: finds and installs Debian packages.

has_header() { "${CXX:-g++}" -E -x c++ - <<< "#include <$1>" &> /dev/null; }

# has PACKAGE: true if what the package provides is available, from whatever source.
has() {
    case $1 in
        libboost-dev) has_header boost/hana/tuple.hpp ;;
        libxsimd-dev) has_header xsimd/xsimd.hpp ;;
        zlib1g-dev) has_header zlib.h ;;
        nlohmann-json3-dev) has_header nlohmann/json.hpp ;;
        libsndfile1-dev) has_header sndfile.h ;;
        catch2) has_header catch2/catch.hpp || has_header catch2/catch_all.hpp ;;
        python3-venv) python3 -c 'import ensurepip, venv' 2> /dev/null ;;
        ninja-build) command -v ninja > /dev/null ;;
        clang-format-* | clang-tidy-*) command -v "$1" > /dev/null ;;
        g++-aarch64-linux-gnu) command -v aarch64-linux-gnu-g++ > /dev/null ;;
        qemu-user) command -v qemu-aarch64 > /dev/null ;;
        gcc-arm-none-eabi) command -v arm-none-eabi-g++ > /dev/null ;;
        libstdc++-arm-none-eabi-newlib) arm-none-eabi-g++ -E -x c++ - <<< "#include <array>" &> /dev/null ;;
        clang-*) command -v "${1/clang/clang++}" > /dev/null ;;
        libclang-rt-*) "clang++-${1//[^0-9]/}" -fsanitize=address -x c++ - -o /dev/null <<< 'int main() {}' &> /dev/null ;;
        *) command -v "$1" > /dev/null ;;
    esac
}

# need PACKAGE...: installs the missing ones with apt-get; if that is impossible, prints their names and fails.
need() {
    local package missing=() as_root=()
    for package in "$@"; do
        has "$package" || missing+=("$package")
    done
    if ((!${#missing[@]})); then return 0; fi
    if ((EUID != 0)); then as_root=(sudo); fi
    if ! command -v apt-get > /dev/null || ! command -v "${as_root[@]:-true}" > /dev/null; then
        echo "missing packages (Debian's names): ${missing[*]}" >&2
        return 1
    fi
    echo "installing ${missing[*]}"
    "${as_root[@]}" apt-get -qq update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "${missing[@]}" \
            > /dev/null
}

# get_package PACKAGE FOLDER: downloads the package and unpacks it into the folder, without installing it; prints a message
# and fails if it cannot be downloaded.
get_package() {
    local archives
    archives=$(mktemp -d)
    if ! (cd "$archives" && apt-get -qq download "$1" && dpkg-deb -x ./*.deb "$2") 2> /dev/null; then
        echo "skipped: $1, which cannot be downloaded"
        rm -rf "$archives" "$2"
        return 1
    fi
    rm -r "$archives"
}

# need_targets [PACKAGE]...: installs the compilers and emulators for other targets, and the packages named. Tests of those
# that cannot be installed are skipped.
need_targets() {
    local package
    for package in clang-16 clang-19 g++-aarch64-linux-gnu qemu-user gcc-arm-none-eabi libstdc++-arm-none-eabi-newlib \
        qemu-system-arm "$@"; do
        need "$package" || echo "continuing without $package"
    done
}

# foreign_zlib FOLDER ARCHITECTURE: downloads zlib for another of Debian's architectures, unpacks it into the folder without
# installing it, and prints its path.
foreign_zlib() (
    mkdir -p "$1/lists" "$1/cache" && cd "$1" || exit
    if ! compgen -G 'usr/lib/*/libz.a' > /dev/null; then
        local apt=(apt-get -qq -o "Dir::State::Lists=$PWD/lists" -o "Dir::Cache=$PWD/cache" -o APT::Sandbox::User=root
            -o "APT::Architectures::=$2")
        "${apt[@]}" update && "${apt[@]}" download "zlib1g-dev:$2" && dpkg-deb -x zlib1g-dev_*.deb . || exit
    fi >&2
    echo "$PWD"/usr/lib/*/libz.a
)
