// Loaded with --import before anything else. Numbers every call that changes the disk (files, directories, the
// ledger's transactions) and stops the process dead before the one of number CRASH_AT. Written data can also be torn:
// half of a write is done before the end. Without CRASH_AT the calls are counted, and the count is written to
// CRASH_COUNT when the process ends.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync, StatementSync } from "node:sqlite";

const target = Number(process.env.CRASH_AT ?? "0");
const real = { writeSync: fs.writeSync, writeFileSync: fs.writeFileSync };
let count = 0;

/** Returns whether the next call is the one to die at; `die` is then called by who can tear it first. */
function isNext() {
  count++;
  return count === target;
}

function die() {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; nothing more may happen in between.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function guard(holder, name, tear) {
  const original = holder[name];
  holder[name] = function (...args) {
    if (isNext()) {
      tear?.(args);
      die();
    }
    return original.apply(this, args);
  };
}

for (const name of [
  "rename",
  "unlink",
  "rmdir",
  "rm",
  "mkdir",
  "symlink",
  "link",
  "copyFile",
  "chmod",
  "fchmod",
  "utimes",
  "futimes",
  "lutimes",
  "truncate",
  "ftruncate",
])
  guard(fs, `${name}Sync`);
for (const name of ["fsync", "fdatasync", "fsyncSync", "fdatasyncSync"]) guard(fs, name);
guard(fs, "writeSync", ([fd, data]) => {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  real.writeSync(fd, bytes.subarray(0, Math.floor(bytes.length / 2)));
});
guard(fs, "writeFileSync", ([file, data]) => {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  real.writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
});
const open = fs.openSync;
fs.openSync = function (path, flags, ...rest) {
  const creates =
    typeof flags === "string" ? /[wa]/.test(flags) : (Number(flags ?? 0) & fs.constants.O_CREAT) !== 0;
  if (creates && isNext()) die();
  return open.call(this, path, flags, ...rest);
};
syncBuiltinESMExports();

const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function (sql) {
  if (/^\s*(begin|commit|end|pragma\s+(journal|wal))/i.test(sql) && isNext()) die();
  return exec.call(this, sql);
};
const run = StatementSync.prototype.run;
StatementSync.prototype.run = function (...args) {
  // Between the statements of one transaction nothing is on the disk yet.
  if (/^\s*(begin|commit|end)/i.test(this.sourceSQL) && isNext()) die();
  return run.apply(this, args);
};

process.on("exit", () => {
  if (process.env.CRASH_COUNT !== undefined) {
    const fd = open(process.env.CRASH_COUNT, "w");
    real.writeSync(fd, Buffer.from(String(count)));
  }
});
