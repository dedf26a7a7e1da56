import type { ErrorCode } from "./errors.ts";

/** What the errors of the system are in the catalogue. */
export const SYSTEM_ERRORS: Readonly<Record<string, ErrorCode>> = {
  ENOENT: "FILE_NOT_FOUND",
  EEXIST: "ALREADY_EXISTS",
  EACCES: "OS_PERMISSION",
  EPERM: "OS_PERMISSION",
  EROFS: "OS_PERMISSION",
  ENOSPC: "DISK_FULL",
  EDQUOT: "DISK_FULL",
  EMFILE: "LIMIT_EXCEEDED",
  ENFILE: "LIMIT_EXCEEDED",
  EFBIG: "LIMIT_EXCEEDED",
  ENAMETOOLONG: "PATH_REFUSED",
  ELOOP: "PATH_REFUSED",
  ENOTDIR: "FILE_NOT_FOUND",
  EXDEV: "PATH_REFUSED",
  ENXIO: "PATH_REFUSED",
  ENODEV: "PATH_REFUSED",
};
