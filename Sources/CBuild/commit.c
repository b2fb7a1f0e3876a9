#include "CBuild.h"

// Package.swift defines it from the environment, as .ci/release sets it. It is not read from git while building:
// SwiftPM keeps what the manifest once said, and would name an older commit.
#ifndef CYCLOGRAD_COMMIT
#define CYCLOGRAD_COMMIT ""
#endif

const char *cyclograd_commit(void) { return CYCLOGRAD_COMMIT; }
