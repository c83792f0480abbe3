// SPDX-License-Identifier: Apache-2.0
#ifndef CPROCESS_H
#define CPROCESS_H

/// What the kernel handed this process over at its start, which is there without /proc too.

/// How many words the command line has, the program's name included.
int c4b_argument_count(void);

/// The word at `index`, which must be below the count.
const char *c4b_argument(int index);

/// The path that the program was started by, as it was given; NULL if the kernel did not say.
const char *c4b_program_path(void);

#endif
