/* What main.c, compiled for the least processor, asks of check.c, compiled for a level. */
#ifndef GATUN_CHECK_H
#define GATUN_CHECK_H

#include "gatun_cpu.h"

const char *check_level(void);

/* The instruction set that the processor must have. */
int32_t check_isa(void);

/* Runs all checks; returns the number of failures and prints them. */
int check(void);

#endif
