// Which names a constant may have in every program: not those of keywords, macros and the C library.
#pragma once

#include <tenon/text/characters.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The keywords of C++20, and main.
inline constexpr std::string_view keywords =
    " "
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t "
    "char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr "
    "constinit continue decltype default delete do double dynamic_cast else enum explicit export extern "
    "false float for friend goto if inline int long main mutable namespace new noexcept not not_eq "
    "nullptr operator or or_eq private protected public register reinterpret_cast requires return short "
    "signed sizeof static static_assert static_cast struct switch template this thread_local throw true "
    "try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq ";

/// Macros in small letters, of the C library, compilers, Windows and Qt.
inline constexpr std::string_view macros =
    " "
    "alloca arm assert assert_perror be16toh be32toh be64toh cdecl emit errno far foreach forever "
    "fpclassify sigmask htobe16 htobe32 htobe64 htole16 htole32 htole64 hyper i386 interface isfinite "
    "isgreater "
    "isgreaterequal isinf isless islessequal islessgreater isnan isnormal issubnormal isunordered le16toh "
    "le32toh le64toh linux major makedev math_errhandling max min minor mips near offsetof pascal setjmp "
    "signals signbit sigsetjmp slots small sparc stderr stdin stdout strdupa strndupa sun timeradd "
    "timerclear timercmp timerisset timersub unix va_arg va_copy va_end va_start ";

/// Names that the headers of the C library declare on Linux, except those that is_of_the_library finds by
/// rules.
inline constexpr std::string_view library_names =
    " "
    "a64l abort abs access acct acos acosh adjtime alarm aligned_alloc arc4random arc4random_buf "
    "arc4random_uniform asctime asin asinh asprintf at_quick_exit atan atan2 atanh atexit atof atoi atol "
    "basename bcmp bcopy brk bsearch btowc bzero c16rtomb c32rtomb c8rtomb cabs cacos cacosh calloc "
    "canonicalize canonicalize_file_name carg casin casinh catan catanh cbrt ccos ccosh ceil cexp chdir "
    "chown chroot cimag clearenv clearerr clock clog clog10 clone close close_range closefrom confstr "
    "conj copy_file_range copysign cos cosh cpow cproj creal crypt csin csinh csqrt ctan ctanh ctermid "
    "ctime cuserid daddl daemon daylight ddivl dfmal difftime div dmull dprintf drand48 drem dsqrtl dsubl "
    "dup dup2 dup3 duplocale dysize eaccess ecvt endusershell environ erand48 erf erfc euidaccess execl "
    "execle execlp execv execve execveat execvp execvpe exit exp exp10 exp2 explicit_bzero expm1 fabs "
    "faccessat fadd fchdir fchown fchownat fclose fcloseall fcvt fd_mask fd_set fdatasync fdim fdiv "
    "fdopen feclearexcept fedisableexcept feenableexcept fegetenv fegetexcept fegetexceptflag fegetmode "
    "fegetround feholdexcept feof feraiseexcept ferror fesetenv fesetexcept fesetexceptflag fesetmode "
    "fesetround fetestexcept fetestexceptflag feupdateenv fexecve fflush ffma ffs fgetc fgetpos fgets "
    "fgetwc fgetws fileno finite flockfile floor fma fmax fmaximum fmaximum_mag fmaximum_mag_num "
    "fmaximum_num fmaxmag fmemopen fmin fminimum fminimum_mag fminimum_mag_num fminimum_num fminmag fmod "
    "fmul fopen fopencookie fork fpathconf fprintf fputc fputs fputwc fputws fread free freelocale "
    "freopen frexp fromfp fromfpx fscanf fseek fseeko fsetpos fsqrt fsub fsync ftell ftello ftruncate "
    "ftrylockfile funlockfile futimes futimesat fwide fwprintf fwrite fwscanf gamma gcvt "
    "get_current_dir_name getc getchar getcpu getcwd getdate getdate_err getdelim getdomainname "
    "getdtablesize getegid getentropy getenv geteuid getgid getgroups gethostid gethostname getitimer "
    "getline getloadavg getlogin getopt getpagesize getpass getpayload getpgid getpgrp getpid getppid "
    "getpt getresgid getresuid getsid getsubopt gettid gettimeofday getuid getusershell getw getwc "
    "getwchar getwd gmtime grantpt group_member gsignal hypot ilogb imaxabs imaxdiv index initstate "
    "isalnum isalpha isascii isatty isblank iscanonical iscntrl isctype isdigit iseqsig isgraph isinff "
    "isinfl islower isnanf isnanl isprint ispunct issignaling isspace isupper iswalnum iswalpha iswblank "
    "iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit isxdigit "
    "iszero j0 j1 jmp_buf jn jrand48 kill killpg l64a labs lchown lcong48 ldexp ldiv lgamma link linkat "
    "llabs lldiv llogb llrint llround localeconv localtime lockf log log10 log1p log2 logb longjmp "
    "lrand48 lrint lround lseek lutimes malloc mblen mbrlen mbrtoc16 mbrtoc32 mbrtoc8 mbrtowc mbsinit "
    "mbsnrtowcs mbsrtowcs mbstowcs mbtowc memccpy memchr memcmp memcpy memfrob memmem memmove mempcpy "
    "memrchr memset mkdtemp mkostemp mkostemps mkstemp mkstemps mktemp mktime modf mrand48 nan nanosleep "
    "nearbyint newlocale nextafter nextdown nexttoward nextup nice nrand48 obstack_printf obstack_vprintf "
    "on_exit open_memstream open_wmemstream optarg opterr optind optopt pathconf pause pclose perror pipe "
    "pipe2 popen posix_memalign posix_openpt pow pread printf profil program_invocation_name "
    "program_invocation_short_name pselect psiginfo psignal ptsname putc putchar putenv puts putw putwc "
    "putwchar pwrite qecvt qfcvt qgcvt qsort quick_exit raise rand random rawmemchr read readlink "
    "readlinkat realloc reallocarray realpath remainder remove remquo rename renameat renameat2 revoke "
    "rewind rindex rint rmdir round roundeven rpmatch sbrk scalb scalbln scalbn scanf secure_getenv "
    "seed48 select setbuf setbuffer setdomainname setegid setenv seteuid setgid sethostid sethostname "
    "setitimer setlinebuf setlocale setlogin setns setpayload setpayloadsig setpgid setpgrp setregid "
    "setresgid setresuid setreuid setsid setstate settimeofday setuid setusershell setvbuf sigabbrev_np "
    "sigaction sigaddset sigaltstack sigandset sigblock sigdelset sigdescr_np sigemptyset sigfillset "
    "siggetmask sighold sigignore siginterrupt sigisemptyset sigismember sigjmp_buf siglongjmp signal "
    "signgam significand sigorset sigpause sigpending sigprocmask sigqueue sigrelse sigreturn sigset "
    "sigsetmask sigstack sigsuspend sigtimedwait sigwait sigwaitinfo sin sincos sinh sleep snprintf "
    "sprintf sqrt srand srand48 srandom sscanf ssignal stpcpy stpncpy strcasecmp strcasestr strcat strchr "
    "strchrnul strcmp strcoll strcpy strcspn strdup strerror strerrordesc_np strerrorname_np strfromd "
    "strfromf strfromf128 strfromf32 strfromf32x strfromf64x strfroml strfry strftime strlen strncasecmp "
    "strncat strncmp strncpy strndup strnlen strpbrk strptime strrchr strsep strsignal strspn strstr "
    "strtod strtof strtof128 strtof32 strtof32x strtof64x strtoimax strtok strtol strtold strtoq strtoul "
    "strtoumax strtouq strverscmp strxfrm swab swprintf swscanf symlink symlinkat sync syncfs syscall "
    "sysconf system sysv_signal tan tanh tcgetpgrp tcsetpgrp tempnam tgamma tgkill time timegm timelocal "
    "timespec_get timespec_getres timezone tmpfile tmpnam toascii tolower totalorder totalordermag "
    "toupper towctrans towlower towupper trunc truncate ttyname ttyslot tzname tzset u_char u_int u_long "
    "u_short ualarm ufromfp ufromfpx uint ulong ungetc ungetwc unlink unlinkat unlockpt unsetenv unshare "
    "uselocale ushort usleep utimes va_list valloc vasprintf vdprintf vfork vfprintf vfscanf vfwprintf "
    "vfwscanf vhangup vprintf vscanf vsnprintf vsprintf vsscanf vswprintf vswscanf vwprintf vwscanf "
    "wcpcpy wcpncpy wcrtomb wcscasecmp wcscat wcschr wcschrnul wcscmp wcscoll wcscpy wcscspn wcsdup "
    "wcsftime wcslen wcsncasecmp wcsncat wcsncmp wcsncpy wcsnlen wcsnrtombs wcspbrk wcsrchr wcsrtombs "
    "wcsspn wcsstr wcstod wcstof wcstof128 wcstof32 wcstof32x wcstof64x wcstoimax wcstok wcstol wcstold "
    "wcstombs wcstoq wcstoul wcstoumax wcstouq wcswcs wcswidth wcsxfrm wctob wctomb wctrans wctype "
    "wcwidth wmain wmemchr wmemcmp wmemcpy wmemmove wmempcpy wmemset wprintf write wscanf y0 y1 yn ";

/// Whether `words`, which are separated by blanks, contain `word`.
constexpr bool is_among(std::string_view words, std::string_view word) noexcept {
    for (auto at = words.find(word); at != words.npos; at = words.find(word, at + 1))
        if (words[at - 1] == ' ' && words[at + word.size()] == ' ') return true;
    return false;
}

/// Also sinf and exp10l beside sin and exp10, strtoll_l beside strtol, pthread_self, size_t, and all names in
/// _t, which POSIX reserves.
constexpr bool is_of_the_library(std::string_view name) noexcept {
    if (is_among(library_names, name) || name.ends_with("_t")) return true;
    for (const std::string_view prefix : {"pthread_", "sched_", "sem_", "clock_", "timer_", "f32", "f64"})
        if (name.starts_with(prefix)) return true;
    for (const std::string_view suffix :
         {"f", "l", "f32", "f64", "f128", "f32x", "f64x", "_r", "_l", "64", "_unlocked"})
        if (name.size() > suffix.size() && name.ends_with(suffix) &&
            is_of_the_library(name.substr(0, name.size() - suffix.size())))
            return true;
    return false;
}

constexpr bool is_macro(std::string_view name) noexcept {
    for (const std::string_view prefix : {"PRI", "SCN", "SYS_", "sa_", "si_", "sigev_"})
        if (name.starts_with(prefix)) return true;
    const bool one_capital = name.size() > 1 && name[0] >= 'A' && name[0] <= 'Z' && name[1] == '_'; // M_PIf
    return one_capital || is_among(macros, name);
}

/// Whether a program may declare the name: it is no keyword and is not reserved for compilers.
constexpr bool is_identifier(std::string_view name) noexcept {
    return !name.empty() && std::ranges::all_of(name, is_word_character) &&
           (name[0] < '0' || name[0] > '9') && name[0] != '_' && name.find("__") == name.npos &&
           !is_among(keywords, name);
}

/// What uses a name already, for a message; empty if nothing is known. `is_global`: the name is outside of a
/// namespace; within one, only macros and namespaces matter.
constexpr std::string_view owner_of(std::string_view name, bool is_global) noexcept {
    const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
    if (std::ranges::none_of(name, is_small)) return "names in capitals are macros";
    if (is_macro(name)) return "a macro";
    for (const std::string_view space : {"std", "tenon", "boost", "xsimd"})
        if (name == space) return "a namespace that the header needs";
    if (is_global && is_of_the_library(name)) return "a name of the C library";
    return {};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
