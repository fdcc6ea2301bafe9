/* Counts the bytes that a process holds by malloc, and their peak.

   Preloaded (LD_PRELOAD), these functions stand before those of the C library,
   which do the work. Counted is what a block can hold (malloc_usable_size),
   of every block and every thread. `allocations.py` compiles and reads this.
   Linux with glibc only: others have no __libc_malloc. */

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static atomic_llong held, peak;

long long allocations_held(void) { return atomic_load(&held); }
long long allocations_peak(void) { return atomic_load(&peak); }
void allocations_reset_peak(void) { atomic_store(&peak, atomic_load(&held)); }

static void add(long long size) {
  long long now = atomic_fetch_add(&held, size) + size;
  long long highest = atomic_load(&peak);
  /* Another thread may raise the peak meanwhile: then `highest` is read anew. */
  while (now > highest && !atomic_compare_exchange_weak(&peak, &highest, now)) {
  }
}

static void *counted(void *block) {
  if (block) add(malloc_usable_size(block));
  return block;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) {
  return counted(__libc_calloc(count, size));
}

/* Counted before it is given back: afterwards it may be another thread's. */
void free(void *block) {
  if (block) add(-(long long)malloc_usable_size(block));
  __libc_free(block);
}

void *realloc(void *block, size_t size) {
  long long former = block ? malloc_usable_size(block) : 0;
  void *moved = __libc_realloc(block, size);
  /* NULL: a failure, which leaves the block, or a size of 0, which frees it. */
  if (moved) {
    add((long long)malloc_usable_size(moved) - former);
  } else if (size == 0) {
    add(-former);
  }
  return moved;
}

void *memalign(size_t alignment, size_t size) {
  return counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) || (alignment & (alignment - 1)) || !alignment)
    return EINVAL;
  void *made = memalign(alignment, size);
  if (!made) return ENOMEM;
  *block = made;
  return 0;
}

void *valloc(size_t size) { return memalign(getpagesize(), size); }

void *pvalloc(size_t size) {
  size_t page = getpagesize();
  return memalign(page, (size + page - 1) / page * page);
}
