// A disk that is as full as a test says, for a process that knows nothing of it: preloaded, it answers how much of the
// disk is free and lets writes to regular files fail for want of space. It needs no privilege and no real file system.
//
//   cc -shared -fPIC full_disk.c -o full_disk.so
//   echo "10000 0" >control; DISK=$PWD/control LD_PRELOAD=$PWD/full_disk.so millrace run --data d
//   echo "900 0" >control      # 9 % free
//   echo "0 1" >control        # every write fails (ENOSPC)
//   echo "10000 2" >control    # every write fails though there was room when it was asked for: it filled up since
//   DISK_UNDER=/state/ …       # only below folders of that name
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static void look(long* free_bp, int* full) {
  char text[64] = "";
  *free_bp = 10000;
  *full = 0;
  const char* path = getenv("DISK");
  const int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) : -1;
  if (file < 0) return;
  if (syscall(SYS_read, file, text, sizeof text - 1) > 0) sscanf(text, "%ld %d", free_bp, full);
  syscall(SYS_close, file);
}

static int is_under(int file) {
  char link[64], path[4096];
  const char* part = getenv("DISK_UNDER");
  if (!part) return 1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, part) != NULL;
}

static int refuses(int file) {
  long free_bp;
  int full;
  struct stat about;
  if (file <= 2) return 0;
  look(&free_bp, &full);
  return full && fstat(file, &about) == 0 && S_ISREG(about.st_mode) && is_under(file);
}

static void share(struct statvfs* about) {
  long free_bp;
  int full;
  look(&free_bp, &full);
  about->f_bavail = about->f_bfree = (fsblkcnt_t)((__int128)about->f_blocks * free_bp / 10000);
}

int statvfs(const char* path, struct statvfs* about) {
  int (*real)(const char*, struct statvfs*) = (int (*)(const char*, struct statvfs*))dlsym(RTLD_NEXT, "statvfs");
  const int result = real(path, about);
  if (result == 0) share(about);
  return result;
}
int statvfs64(const char* path, struct statvfs64* about) { return statvfs(path, (struct statvfs*)about); }

ssize_t write(int file, const void* bytes, size_t size) {
  if (!refuses(file)) return syscall(SYS_write, file, bytes, size);
  errno = ENOSPC;
  return -1;
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  if (!refuses(file)) return syscall(SYS_pwrite64, file, bytes, size, at);
  errno = ENOSPC;
  return -1;
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) { return pwrite(file, bytes, size, at); }
int fallocate(int file, int mode, off_t at, off_t size) {
  long free_bp;
  int full;
  look(&free_bp, &full);
  if (full != 1 || !refuses(file)) return (int)syscall(SYS_fallocate, file, mode, at, size);
  errno = ENOSPC;
  return -1;
}
int fallocate64(int file, int mode, off64_t at, off64_t size) { return fallocate(file, mode, at, size); }
