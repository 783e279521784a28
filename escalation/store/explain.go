package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	errIsDirectory = errors.New("is a directory")
	errIsNoFile    = errors.New("is no regular file")
	errRunning     = errors.New("another heed daemon is running on it")
)

// A FileError says what is wrong with the state file, in one sentence for the administrator.
type FileError struct {
	Path    string
	Problem string
	Remedy  string
	Err     error
}

func (e *FileError) Error() string {
	return fmt.Sprintf("state file %s: %s; %s", e.Path, e.Problem, e.Remedy)
}

func (e *FileError) Unwrap() error { return e.Err }

// explain turns an error that is the file's fault into a FileError. Other errors pass as they are.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	var known *FileError
	if errors.As(err, &known) {
		return err
	}
	problem, remedy := s.opening(err)
	if problem == "" {
		problem, remedy = s.engine(err)
	}
	if problem == "" {
		return err
	}
	return &FileError{Path: s.path, Problem: problem, Remedy: remedy, Err: err}
}

// opening explains what the operating system and our own checks say.
func (s *Store) opening(err error) (problem, remedy string) {
	dir := filepath.Dir(s.path)
	correct := "correct `state` in heed.toml"
	switch {
	case errors.Is(err, errIsDirectory):
		return "is a directory", correct + ", for example to " + filepath.Join(s.path, "heed.db")
	case errors.Is(err, errIsNoFile):
		return errIsNoFile.Error(), correct
	case errors.Is(err, errRunning):
		return errRunning.Error(), "stop that one first, or give this one another `state` in its heed.toml"
	case errors.Is(err, errForeign):
		return errForeign.Error(), correct + ", or move that file away"
	case errors.Is(err, errDamaged):
		return "is damaged (" + err.Error() + ")", s.repair()
	case errors.Is(err, errNewer):
		return err.Error(), "install that version again, or put back the backup from before it"
	case errors.Is(err, fs.ErrNotExist):
		return "its directory " + dir + " does not exist", "make it, owned by the user that runs Heed and with mode 0700, or " + correct
	case errors.Is(err, syscall.ENOTDIR):
		return "a part of its path is no directory", correct
	case errors.Is(err, syscall.EROFS):
		return "lies on a file system that is mounted read-only", "mount it writable, or " + correct
	case errors.Is(err, fs.ErrPermission):
		return "this user may not write to it", "make the user that runs Heed the owner of the file and of " + dir
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return full()
	}
	return "", ""
}

// repair says what to do about a damaged file.
func (s *Store) repair() string {
	return "stop Heed and put back a backup, or save what can be read with `sqlite3 " + s.path + " .recover`"
}

func full() (problem, remedy string) {
	return "there is no space left for it", "free some; nothing is lost, and Heed goes on from where it stopped"
}

// engine explains SQLite's result codes. https://sqlite.org/rescode.html
func (s *Store) engine(err error) (problem, remedy string) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return "", ""
	}
	if e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // the -shm file could not be made as long as it has to be
		return full()
	}
	dir := filepath.Dir(s.path)
	switch e.Code() & 0xff { // the rest is the extended code
	case sqlite3.SQLITE_NOTADB:
		return "is not a database", "correct `state` in heed.toml, or move that file away"
	case sqlite3.SQLITE_CORRUPT:
		return "is damaged (" + e.Error() + ")",
			s.repair()
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another program has kept it locked for seconds", "end whatever has it open, such as a sqlite3 shell or a backup"
	case sqlite3.SQLITE_FULL:
		return full()
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "can't be written (" + e.Error() + ")",
			"make the user that runs Heed the owner of the file and of " + dir + ", where SQLite keeps its journal"
	case sqlite3.SQLITE_IOERR:
		return "the disk reports an error (" + e.Error() + ")", "look into the system's log for the disk, and have a backup at hand"
	}
	return "", ""
}
