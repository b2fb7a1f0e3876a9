#include <string.h>

#include "CKernels.h"

// Rows of 8 or 16 numbers take less time than a call of memcpy.
void ck_copy_rows(size_t rows, size_t width, const double *from, size_t from_stride, double *to,
                  size_t to_stride) {
  if (width == 16) {
    for (size_t r = 0; r < rows; r++)
      memcpy(to + r * to_stride, from + r * from_stride, 16 * sizeof(double));
  } else if (width == 8) {
    for (size_t r = 0; r < rows; r++)
      memcpy(to + r * to_stride, from + r * from_stride, 8 * sizeof(double));
  } else {
    for (size_t r = 0; r < rows; r++)
      for (size_t k = 0; k < width; k++) to[r * to_stride + k] = from[r * from_stride + k];
  }
}
