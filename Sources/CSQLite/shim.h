#pragma once
#include <sqlite3.h>

/// Switches an option of a connection on or off; Swift cannot call the variadic function.
static inline int cyclograd_sqlite_switch(sqlite3 *base, int option, int value) {
  return sqlite3_db_config(base, option, value, (int *)0);
}
