#pragma once
#include <arpack/arpack.h>
