#pragma once
#include <suitesparse/umfpack.h>
