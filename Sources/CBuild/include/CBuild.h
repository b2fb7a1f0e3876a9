#ifndef CBUILD_H
#define CBUILD_H

/// The commit that a release was built from; empty for any other build.
const char *cyclograd_commit(void);

#endif
