# Sourced by tests/run and .ci/run: Debian packages, looked for and installed.

has_header() { "${CXX:-g++}" -E -x c++ - <<< "#include <$1>" &> /dev/null; }

# has PACKAGE: whether what the package brings is there, wherever from.
has() {
    case $1 in
        libboost-dev) has_header boost/hana/tuple.hpp ;;
        libxsimd-dev) has_header xsimd/xsimd.hpp ;;
        zlib1g-dev) has_header zlib.h ;;
        catch2) has_header catch2/catch.hpp || has_header catch2/catch_all.hpp ;;
        python3-venv) python3 -c 'import ensurepip, venv' 2> /dev/null ;;
        ninja-build) command -v ninja > /dev/null ;;
        clang-format-*) command -v "$1" > /dev/null ;;
        clang-*) command -v "${1/clang/clang++}" > /dev/null ;;
        *) command -v "$1" > /dev/null ;;
    esac
}

# need PACKAGE...: installs those that are missing with apt-get, or says which they are.
need() {
    local package missing=() as_root=()
    for package in "$@"; do
        has "$package" || missing+=("$package")
    done
    if ((!${#missing[@]})); then return 0; fi
    if ((EUID != 0)); then as_root=(sudo); fi
    if ! command -v apt-get > /dev/null || ! command -v "${as_root[@]:-true}" > /dev/null; then
        echo "missing, by their names in Debian: ${missing[*]}" >&2
        return 1
    fi
    echo "installing ${missing[*]}"
    "${as_root[@]}" apt-get -qq update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "${missing[@]}" \
            > /dev/null
}

# get_package PACKAGE FOLDER: unpacks it there, without installing it, or says that it cannot be had.
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
