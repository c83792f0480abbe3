// SPDX-License-Identifier: Apache-2.0
#include "cprocess.h"

#include <sys/auxv.h>

static int count;
static char **words;

/// glibc calls constructors with main's arguments. Swift itself reads them from /proc, and traps where that is not
/// mounted.
__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
    count = argc;
    words = argv;
}

int c4b_argument_count(void) {
    return count;
}

const char *c4b_argument(int index) {
    return words[index];
}

const char *c4b_program_path(void) {
    return (const char *)getauxval(AT_EXECFN);
}
