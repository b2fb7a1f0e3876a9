#pragma once
#include <suitesparse/klu.h>
